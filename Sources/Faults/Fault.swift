package import Checkpoints
package import Configuration
import Foundation
import Platform

/// One fault injected to see what a run does about it.
package struct Fault: Sendable, Equatable {
  /// Where it happens.
  package enum Place: Sendable, Equatable {
    /// When the rank comes to a phase.
    case phase(RunPhase)
    /// When rank zero's writer comes to an operation on a checkpoint.
    case disk(DiskOperation)
  }

  /// What happens.
  package enum Kind: Sendable, Equatable {
    /// The process kills itself.
    case kill
    /// The process stops itself, as SIGSTOP does.
    case stop
    /// The thread never continues.
    case hang
    /// The thread sleeps for this many milliseconds.
    case slow(Int)
    /// An error is thrown.
    case `throw`
    /// The first number of this rank's gradient becomes NaN.
    case nan
    /// The lowest bit of this element of the rank's weights flips.
    case flip(Int)
    /// The same each time, as in a faulty memory cell.
    case stuck(Int)
    /// The disk operation fails with this error number.
    case error(Int32)
    /// The disk operation writes less than requested.
    case shortWrite
    /// Random numbers are keyed by the rank, like a bug in the program.
    case rankSeed
    /// The operation is skipped, like a bug in the program.
    case skip
    /// A file is synced after its folder got its name, like a bug in the program.
    case late
    /// After this many such operations the machine loses power and everything that is not synced.
    case power(after: Int, keepsNames: Bool)
  }

  /// The rank; nil for all.
  package let rank: Int?
  package let place: Place
  /// The step, for disks that of the checkpoint being written; nil for every step.
  package let step: Int?
  package let kind: Kind

  /// Whether it happens to `rank` at `place` in `step`.
  package func matches(_ place: Place, step: Int) -> Bool {
    self.place == place && (self.step ?? step) == step
  }
}

/// An injected error: one rank throws it, and the others know nothing of it.
package struct InjectedError: Error, CustomStringConvertible {
  /// Where it was thrown.
  package let description: String

  /// All of its parts.
  package init(description: String) {
    self.description = description
  }
}

/// A disk made slow on purpose, to test stops during a save.
package enum SlowDisk {
  private static let variable = "GMLP_TRAIN_SLOW_DISK_MBPS"

  /// `GMLP_TRAIN_SLOW_DISK_MBPS`: the speed of writes of checkpoints in megabytes a second.
  ///
  /// - Throws: ``CommandError`` if it is not a speed.
  /// - Returns: nil if it is not set.
  package static func megabytesPerSecond() throws(CommandError) -> Double? {
    guard let text = ProcessInfo.processInfo.environment[variable] else { return nil }
    guard let speed = Double(text), speed > 0, speed.isFinite else {
      throw CommandError(
        "\(variable)=\(text): is not a speed; give megabytes a second above 0, or unset it",
        exitCode: .usage)
    }
    return speed
  }
}

/// What a rank does at a moment of a run; the names are those of `GMLP_TRAIN_FAULT`.
///
/// `agree` and `bucket` belong to the communication thread; `exchange` to every thread that waits.
package enum RunPhase: UInt32, CaseIterable, Sendable {
  /// Opening data and checkpoints, agreeing with the others.
  case start
  /// Waiting for a batch.
  case data
  case forward
  case backward
  /// About to agree with the others whether the step goes ahead.
  case agree
  /// About to exchange a bucket of gradients.
  case bucket
  /// Waiting for messages of other ranks, or for them to come to the same point.
  case exchange
  /// Adding up the squares of the gradient.
  case norm
  /// The optimizer on the owned weights.
  case update
  /// Waiting for weights that others have updated.
  case gather
  case evaluate
  /// Copying what a checkpoint needs.
  case snapshot
  /// Waiting for a checkpoint to be on disk.
  case disk
  /// All steps are done, or the run was asked to stop.
  case finish

  /// The name in variables and messages.
  package var name: String { "\(self)" }

  /// Whether a rank in this phase waits for other ranks.
  package var waitsForOthers: Bool { self == .exchange || self == .gather }

  /// Whether code that reaches it can throw.
  var canThrow: Bool { ![.start, .backward, .exchange, .gather, .disk].contains(self) }

  /// The thread that goes through it.
  package var isOfCommunication: Bool { self == .agree || self == .bucket }
}
