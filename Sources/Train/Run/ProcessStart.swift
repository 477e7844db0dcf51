import Files
public import Foundation
import Platform
import Synchronization

/// What a process inherits from the one that starts it, made safe before anything else is done.
public enum ProcessStart {
  /// Makes a lost line an error that can be reported, and never the end of the process or of a file.
  ///
  /// To be called first: before a file is opened, a thread is started or MPI is.
  public static func prepare() {
    guardDescriptors()
    resetSignals()
    requireStack()
  }

  /// Descriptors that were closed, and are `/dev/null` now.
  private static let replaced = Mutex<[Int32]>([])

  /// Replaces this process by a fresh start of the program with the same arguments.
  ///
  /// - Returns: only if the system refuses, with its reason.
  package static func again() -> String {
    // Closed descriptors stay closed, so that the fresh start notices them.
    setCloseOnExec(FD_CLOEXEC)
    // By its own path the program keeps its name in lists of processes. A file that has been replaced
    // since the start has no path any more.
    let link = "/proc/self/exe"
    if let path = unsafe realpath(link, nil) {
      _ = unsafe execv(path, CommandLine.unsafeArgv)
      unsafe free(path)
    }
    _ = unsafe execv(link, CommandLine.unsafeArgv)
    let reason = unsafe String(cString: strerror(errno))
    setCloseOnExec(0)
    return reason
  }

  private static func setCloseOnExec(_ flag: Int32) {
    for descriptor in replaced.withLock({ $0 }) {
      let status = fcntl(descriptor, F_SETFD, flag)
      precondition(status == 0, "descriptor \(descriptor): fcntl failed with error \(errno)")
    }
  }

  /// Opens `/dev/null` for those of the three standard descriptors that are closed.
  ///
  /// The next file that is opened would get the number, and then what is meant for people.
  private static func guardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest number that is free is this one.
      guard unsafe open("/dev/null", O_RDWR) == descriptor else {
        StandardError.write(
          "descriptor \(descriptor) is closed and /dev/null cannot be opened in its place; start "
            + "with standard input, output and error open")
        _exit(ExitCode.inputOutput.rawValue)
      }
      replaced.withLock { $0.append(descriptor) }
      if descriptor == STDOUT_FILENO { StandardOutput.noteClosed() }
    }
  }

  /// Unblocks signals that a parent has blocked, and ignores those that would end the process without a message.
  private static func resetSignals() {
    // A pipe without a reader and a file at its limit (ulimit -f) are then errors of write.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    var none = sigset_t()
    unsafe sigemptyset(&none)
    let status = unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
    precondition(status == 0, "pthread_sigmask failed with error \(status)")
  }

  /// The smallest stack in bytes (`ulimit -s`) with which the process is not killed.
  private static let leastStack: rlim_t = 256 << 10

  /// Ends if the stack is too small for the main thread, or for threads that libraries start.
  private static func requireStack() {
    var limit = rlimit()
    let status = unsafe getrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit)
    guard status == 0, limit.rlim_cur < leastStack else { return }
    StandardError.write(
      "the stack is limited to \(limit.rlim_cur >> 10) kB (ulimit -s), of which \(leastStack >> 10) "
        + "are needed; raise the limit")
    _exit(ExitCode.usage.rawValue)
  }
}

extension Process {
  /// The path of this program's own file.
  static var programPath: String {
    get throws { try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") }
  }

  /// This program once more with `arguments`, not started yet.
  ///
  /// - Parameters:
  ///   - arguments: those after the program's name.
  ///   - ranks: how many processes; two or more are started by mpirun, which is searched for in `PATH`.
  /// - Throws: Foundation's error if `/proc` is not mounted.
  /// - Returns: the process, whose output and environment can still be chosen.
  public static func program(_ arguments: [String], ranks: Int) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      (ranks > 1 ? ["mpirun", "-n", "\(ranks)"] : []) + [try programPath] + arguments
    return process
  }
}
