package import Checkpoints

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
    /// The thread never goes on.
    case hang
    /// The thread sleeps for so many milliseconds.
    case slow(Int)
    /// An error is thrown.
    case `throw`
    /// The first number of this rank's gradient becomes NaN.
    case nan
    /// The lowest bit of this element of the rank's weights is turned.
    case flip(Int)
    /// The same again and again, as a cell that is always faulty does.
    case stuck(Int)
    /// The operation on the disk fails with this error number.
    case error(Int32)
    /// The operation on the disk writes less than it was asked to.
    case shortWrite
    /// Random numbers are keyed by the rank, as a mistake in the program would do.
    case rankSeed
    /// The operation is left out, as a mistake in the program would do.
    case skip
    /// A file is brought to the medium after its folder got its name, as a mistake in the program would do.
    case late
    /// After so many such operations the machine loses its power, and with it what is not on the medium.
    case power(after: Int, keepsNames: Bool)
  }

  /// The rank; nil for all.
  package let rank: Int?
  package let place: Place
  /// The step, of disks that whose checkpoint is written; nil for each.
  package let step: Int?
  package let kind: Kind

  /// Whether it is to happen to `rank` at `place` in `step`.
  package func matches(_ place: Place, step: Int) -> Bool {
    self.place == place && (self.step ?? step) == step
  }
}
