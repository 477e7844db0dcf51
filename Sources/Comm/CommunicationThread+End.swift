import CMPI
import Files
import Glibc
import Platform
import Threading

extension CommunicationThread {
  /// Ends all ranks at once with `code`, after one line on standard error.
  ///
  /// Any thread may call it. The line names the program, rank, host and cause. If the communication
  /// thread is free it calls `MPI_Abort`; if it is inside a collective, which may never end, this
  /// process exits after a second, and the launcher ends the others. See `docs/operations/launching.md` for
  /// what was measured.
  ///
  /// - Parameters:
  ///   - code: the exit code of the run, not 0.
  ///   - message: the cause in one line.
  public func abort(code: Int32, message: String) -> Never {
    precondition(code != 0, "an aborted run needs an exit code other than 0")
    guard queue.change({ $0.claimAbort() }) else {
      // Another thread is ending the process.
      while true { _ = sleep(1) }
    }
    heartbeats.markEnding(failed: true)
    let place = size == 1 ? "" : "rank \(rank) on \(host): "
    StandardError.writeLine("gmlp-train: \(place)\(message)")
    queue.change { $0.abortCode = code }
    // The exit of this process must not come before the communication thread had its chance.
    if size > 1 { _ = sleep(1) }
    _exit(code)
  }

  /// Ends all ranks with `code` where all of them know that the run ends.
  ///
  /// It does so after a barrier and `MPI_Finalize`. Every rank calls it, after all it has to print
  /// and to write: a launcher kills the others at the first exit that is not 0, and so the barrier
  /// is the last safe place.
  ///
  /// - Parameters:
  ///   - code: the exit code of the run.
  ///   - message: the cause in one line, if there is one to tell: rank zero prints it.
  public func endTogether(code: Int32, message: String? = nil) -> Never {
    if let message, rank == 0 { StandardError.writeLine("gmlp-train: \(message)") }
    fflush(nil)
    do {
      try finalize()
    } catch {
      abort(code: code == 0 ? ExitCode.internalError.rawValue : code, message: "\(error)")
    }
    _exit(code)
  }
}

extension Communicator {
  /// Ends all ranks.
  func abort(code: Int32) -> Never {
    if let handle { _ = cmpi_abort(handle, code) }
    _exit(code)
  }
}
