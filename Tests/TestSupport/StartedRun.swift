import Foundation

/// A program under way: to be signalled, watched and waited for by ``finish()``.
public final class StartedRun {
  /// The process of mpirun, or of the program where it runs alone.
  public let processID: Int32

  private let process = Process()
  private let output: OutputFile
  private let errors: OutputFile
  private let start = ContinuousClock.now
  private let deadlineSeconds: Double
  private let commandLine: String

  /// Starts the program; the parameters are those of ``MPIRun``.
  public convenience init(
    executable: String, arguments: [String] = [], ranks: Int?,
    environment: [String: String] = [:], directory: String? = nil, deadlineSeconds: Double = 60
  ) throws {
    let program = try Programs.product(executable)
    let group = ranks.map { RankGroup(ranks: $0, arguments: arguments) }
    try self.init(
      group == nil ? program : try Programs.mpirun(),
      group?.arguments(for: program) ?? arguments, environment: environment, directory: directory,
      deadlineSeconds: deadlineSeconds)
  }

  /// Starts one run whose ranks have arguments of their own, group after group.
  ///
  /// The other parameters are those of ``MPIRun``.
  public convenience init(
    executable: String, groups: [RankGroup], environment: [String: String] = [:],
    directory: String? = nil, deadlineSeconds: Double = 60
  ) throws {
    let program = try Programs.product(executable)
    let programs = groups.map { $0.arguments(for: program) }
    try self.init(
      Programs.mpirun(), Array(programs.joined(separator: [":"])), environment: environment,
      directory: directory, deadlineSeconds: deadlineSeconds)
  }

  private init(
    _ program: URL, _ arguments: [String], environment: [String: String], directory: String?,
    deadlineSeconds: Double
  ) throws {
    output = try OutputFile()
    errors = try OutputFile()
    self.deadlineSeconds = deadlineSeconds
    process.executableURL = program
    process.arguments = arguments
    commandLine = "\(program.lastPathComponent) \(arguments.joined(separator: " "))"
    process.environment = Programs.environment(adding: environment)
    process.currentDirectoryURL = directory.map { URL(filePath: $0) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output.handle
    process.standardError = errors.handle
    try withoutBlockedSignals(process.run)
    processID = process.processIdentifier
  }

  /// Sends a signal to mpirun, or to the program where it runs alone.
  public func send(_ signal: Int32) {
    kill(processID, signal)
  }

  /// Sends a signal to the process of one rank, also where a script started mpirun.
  public func send(_ signal: Int32, toRank rank: Int) throws {
    let variable = "OMPI_COMM_WORLD_RANK=\(rank)"
    for process in ProcessTable.descendants(of: processID)
    where ProcessTable.environment(of: process).contains(variable) {
      kill(process, signal)
      return
    }
    throw MPIRunError(description: "\(commandLine): there is no process of rank \(rank)")
  }

  /// Waits until standard output or standard error contains `text`.
  public func wait(forOutput text: String) async throws {
    while !output.text.contains(text) && !errors.text.contains(text) {
      guard process.isRunning else {
        throw MPIRunError(description: report("ended without writing '\(text)'"))
      }
      try await waitABit()
    }
  }

  /// Waits until the file at `path` contains `text`.
  public func wait(for text: String, inFile path: String) async throws {
    while !String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
      .contains(text)
    {
      guard process.isRunning else {
        throw MPIRunError(description: report("ended without writing '\(text)' to \(path)"))
      }
      try await waitABit()
    }
  }

  /// Waits for the end.
  ///
  /// - Throws: ``MPIRunError`` at the deadline, with all that was written.
  public func finish() async throws -> MPIRun {
    while process.isRunning { try await waitABit() }
    let isSignal = process.terminationReason == .uncaughtSignal
    return MPIRun(
      exitCode: (isSignal ? 128 : 0) + process.terminationStatus,
      standardOutput: output.text, standardError: errors.text, seconds: seconds)
  }

  private var seconds: Double {
    (ContinuousClock.now - start) / .seconds(1)
  }

  private func waitABit() async throws {
    if seconds > deadlineSeconds {
      await end()
      throw MPIRunError(description: report("did not end within \(deadlineSeconds) s"))
    }
    try await Task.sleep(for: .milliseconds(10))
  }

  /// Ends the processes that were started here, and no others.
  private func end() async {
    let ranks = ProcessTable.children(of: processID)
    // On this signal mpirun ends its ranks within two seconds.
    kill(processID, SIGTERM)
    for _ in 0..<500 where process.isRunning { usleep(10_000) }
    for rank in ranks where ProcessTable.children(of: processID).contains(rank) {
      kill(rank, SIGKILL)
    }
    if process.isRunning { kill(processID, SIGKILL) }
  }

  private func report(_ event: String) -> String {
    "\(commandLine) \(event); standard output: \(output.text); standard error: \(errors.text)"
  }
}

/// Runs `body` on this thread with no signal blocked: a child inherits what is blocked, and the
/// threads that run tests block everything.
private func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
  var none = sigset_t()
  var before = sigset_t()
  unsafe sigemptyset(&none)
  precondition(unsafe pthread_sigmask(SIG_SETMASK, &none, &before) == 0, "pthread_sigmask failed")
  defer {
    precondition(
      unsafe pthread_sigmask(SIG_SETMASK, &before, nil) == 0, "pthread_sigmask failed")
  }
  try body()
}

/// Ranks of one run that are started with the same arguments.
public struct RankGroup: Sendable {
  let ranks: Int
  let arguments: [String]

  /// `ranks` processes of the program with `arguments`.
  public init(ranks: Int, arguments: [String]) {
    self.ranks = ranks
    self.arguments = arguments
  }

  /// What mpirun is given for the group.
  fileprivate func arguments(for program: URL) -> [String] {
    ["-n", "\(ranks)", program.path] + arguments
  }
}

/// A temporary file that takes in what a process writes: unlike a pipe it is never full.
private final class OutputFile {
  let handle: FileHandle
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString)")
    try Data().write(to: url)
    handle = try FileHandle(forWritingTo: url)
  }

  deinit {
    do {
      try handle.close()
      try FileManager.default.removeItem(at: url)
    } catch {
      preconditionFailure("\(url.path): \(error)")
    }
  }

  var text: String {
    String(decoding: FileManager.default.contents(atPath: url.path) ?? Data(), as: UTF8.self)
  }
}
