import Foundation
import Glibc
import Platform
import Synchronization

/// Standard output: the only place that writes to it.
///
/// Nothing is buffered, so every failed write is noticed at once. A command whose product is what it
/// prints ends at the first one. A command whose product is files finishes first: the lines
/// that it could not print are lost, one message says so, and the exit code is 74.
public enum StandardOutput {
  private struct State {
    var isClosed = false
    /// Whether further output is pointless.
    var isMute = false
    var fault: OutputError?
  }

  private static let state = Mutex(State())

  /// Writes a result.
  ///
  /// - Throws: ``OutputError`` if not all of it was taken.
  public static func write(_ text: String) throws(OutputError) {
    try state.withLock { state throws(OutputError) in
      if state.isClosed { throw .closed }
      if let fault = state.fault { throw fault }
      try put(text)
    }
  }

  /// Writes text that may be lost: the work continues without it.
  public static func say(_ text: String) {
    let message = state.withLock { state -> String? in
      guard !state.isMute else { return nil }
      do throws(OutputError) {
        try put(text)
        return nil
      } catch {
        state.isMute = true
        if error != .readerGone { state.fault = error.told }
        return error.message
      }
    }
    if let message { StandardError.write(message) }
  }

  /// Whether output is no longer read by anyone.
  package static var isMute: Bool { state.withLock(\.isMute) }

  /// Checks at the end whether everything was written.
  ///
  /// - Returns: the fault to end with, if one was met.
  public static func finish() -> OutputError? {
    state.withLock { state in
      if state.isClosed || state.fault != nil { return state.fault }
      // Some file systems report only here that they have no room. Standard output itself stays open, so
      // that no other file gets its number.
      let copy = dup(STDOUT_FILENO)
      guard copy >= 0 else { return .refused(errno) }
      guard close(copy) != 0 else { return nil }
      let number = errno
      return number == EINTR ? nil : .refused(number)
    }
  }

  /// Records that the program was started without standard output.
  package static func noteClosed() {
    state.withLock { state in
      state.isClosed = true
      state.isMute = true
    }
  }

  private static func put(_ text: String) throws(OutputError) {
    let number = DescriptorWriter.write(Array(text.utf8), to: STDOUT_FILENO)
    switch number {
    case 0: return
    case EPIPE: throw .readerGone
    case EIO where isDevice: throw .readerGone
    default: throw .refused(number)
    }
  }

  /// Whether standard output is a terminal, also one that has gone.
  private static var isDevice: Bool {
    var status = stat()
    return unsafe fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR
  }
}

/// Standard output did not take a result.
public struct OutputError: Error, Sendable, Equatable {
  /// The exit code: 74, or that of SIGPIPE if the reader has gone.
  public let exitCode: Int32
  /// One line for people; nil if it was already printed, or if the reader has gone, which is not an error.
  public let message: String?

  /// The reader has closed the pipe, or the terminal is gone.
  static let readerGone = OutputError(exitCode: 128 + SIGPIPE, message: nil)

  /// Standard output was closed when the program was started.
  package static let closed = OutputError(
    exitCode: ExitCode.inputOutput.rawValue,
    message: "standard output is closed; the result had nowhere to go")

  /// The system's refusal `number` of a write or a close.
  package static func refused(_ number: Int32) -> OutputError {
    let reason = unsafe String(cString: strerror(number))
    return OutputError(
      exitCode: ExitCode.inputOutput.rawValue,
      message: "standard output cannot be written: \(reason); make room, or send it elsewhere")
  }

  /// The same error after it was printed.
  package var told: OutputError { OutputError(exitCode: exitCode, message: nil) }
}

/// Lines for people on standard error.
public enum StandardError {
  /// Writes `text` as one line that begins with the program's name.
  public static func write(_ text: String) {
    writeLine("gmlp-train: \(text)")
  }

  /// Writes `text` as one line, by one call, so that lines of ranks do not mix.
  ///
  /// Control characters, which names of files and tensors may have, are spelled out: a terminal would obey them.
  public static func writeLine(_ text: String) {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    writeText("\(printable(line))\n")
  }

  /// Writes `text` as it is.
  public static func writeText(_ text: String) {
    // There is nowhere left to report a failure.
    _ = DescriptorWriter.write(Array(text.utf8), to: STDERR_FILENO)
  }
}

/// Writes text to a descriptor that was opened elsewhere.
public enum DescriptorWriter {
  /// Writes all of `bytes`, despite interruptions.
  ///
  /// If a parent made the descriptor non-blocking, this waits for the reader.
  ///
  /// - Returns: 0, or the error number of the write that failed.
  public static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var start = 0
    while start < bytes.count {
      let (count, error) = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[start...])
        let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
        return (count, errno)
      }
      if count >= 0 {
        start += count
        continue
      }
      switch error {
      case EINTR: continue
      case EAGAIN:
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // An error of the descriptor comes back from the next write.
        _ = unsafe poll(&wanted, 1, -1)
      default: return error
      }
    }
    return 0
  }
}
