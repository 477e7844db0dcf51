import Foundation
import Synchronization

/// Standard output: the only place that writes to it.
///
/// Nothing is buffered, so that every refused write is known at once. A command whose product is what it
/// prints ends at the first one. Where the product are files, the work is finished first: what is only
/// said beside it is lost, people hear so once, and the exit code is 74.
public enum StandardOutput {
  private struct State {
    var isClosed = false
    /// Whether there is no sense in saying more.
    var isMute = false
    var fault: OutputError?
  }

  private static let state = Mutex(State())

  /// Writes a result.
  ///
  /// - Throws: ``OutputError`` where not all of it was taken.
  public static func write(_ text: String) throws(OutputError) {
    try state.withLock { state throws(OutputError) in
      if state.isClosed { throw .closed }
      if let fault = state.fault { throw fault }
      try put(text)
    }
  }

  /// Says what may be lost: the work goes on without it.
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

  /// Whether nobody hears what is said any more.
  package static var isMute: Bool { state.withLock(\.isMute) }

  /// Asks at the end whether everything has arrived.
  ///
  /// - Returns: the fault to end with, if one was met.
  public static func finish() -> OutputError? {
    state.withLock { state in
      if state.isClosed || state.fault != nil { return state.fault }
      // Some file systems tell only here that they have no room. Standard output itself stays open, so
      // that no other file gets its number.
      let copy = dup(STDOUT_FILENO)
      guard copy >= 0 else { return .refused(errno) }
      guard close(copy) != 0 else { return nil }
      let number = errno
      return number == EINTR ? nil : .refused(number)
    }
  }

  /// Takes note that the program was started without standard output.
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
