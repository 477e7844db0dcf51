import Comm
import Foundation
import Platform
import Profiling
import Threading

/// Ends the doctor where a rank does not answer in time: a call of MPI that waits cannot be called back.
final class DoctorWatch: Sendable {
  /// What is waited for, and since when.
  private struct Phase {
    let description: @Sendable () -> String
    let started = ContinuousClock.now
  }

  private let phase = Monitor<Phase?>(nil)
  private let isOver = Monitor(false)
  private let thread: BackgroundThread

  /// Watches from now on.
  ///
  /// - Parameters:
  ///   - communication: the ranks.
  ///   - seconds: how long a phase may last.
  /// - Throws: `ThreadError` if the system grants no thread.
  init(_ communication: CommunicationThread, seconds: Double) throws {
    thread = try BackgroundThread(name: "watch") { [phase, isOver] in
      while !isOver.read({ $0 }) {
        let late = phase.read { phase in
          phase.flatMap { $0.started.duration(to: .now).seconds > seconds ? $0 : nil }
        }
        if let late {
          communication.abort(
            code: ExitCode.rankLost.rawValue,
            message: "\(late.description()) within \(Int(seconds.rounded(.up))) s")
        }
        Thread.sleep(forTimeInterval: 0.02)
      }
    }
  }

  /// Watches over `body`.
  ///
  /// `description` says what has not come about, if it comes to that.
  func over<Result>(
    _ description: @escaping @Sendable () -> String, _ body: () throws -> Result
  ) rethrows -> Result {
    phase.change { $0 = Phase(description: description) }
    defer { phase.change { $0 = nil } }
    return try body()
  }

  /// Watches no more.
  func end() {
    isOver.change { $0 = true }
    thread.join()
  }
}
