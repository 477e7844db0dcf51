import Randomness

/// The order in which an epoch visits the samples: a pure function of seed, epoch and count.
///
/// Nobody's rank or thread is in it, so all ranks agree without a word and a resumed run finds any
/// position at once.
///
/// With repeated augmentation a sample is visited several times in a row, and an epoch of the same length sees fewer
/// samples. Visit v is then copy v % r of sample v / r; with r = 1 visits are samples.
///
/// - Note: Source: the shuffle of R. Durstenfeld, Algorithm 235, CACM 1964, drawing number i of the
///   epoch's stream for position i, the last first.
public struct EpochOrder: Sendable {
  private let samples: [UInt32]
  private let repeats: Int

  /// The permutation of `count` samples, at least 1, for `epoch`, counted from 0.
  ///
  /// - Parameters:
  ///   - seed: the run's seed.
  ///   - epoch: the pass over the samples.
  ///   - count: the number of samples.
  ///   - repeats: the visits of each sample in a row, at least 1.
  public init(seed: UInt64, epoch: Int, count: Int, repeats: Int = 1) {
    precondition(repeats > 0, "\(repeats) visits of each sample")
    guard count > 0, let limit = UInt32(exactly: count) else {
      preconditionFailure("an epoch of \(count) samples")
    }
    let key = RandomKey(seed: seed, purpose: .epochOrder, time: epoch)
    var samples = Array(0..<limit)
    for position in stride(from: count - 1, to: 0, by: -1) {
      samples.swapAt(position, key.integer(position, below: position + 1))
    }
    self.samples = samples
    self.repeats = repeats
  }

  /// The number of visits, which is that of the samples.
  public var count: Int { samples.count }

  /// The visit at `position`.
  public subscript(position: Int) -> Int {
    Int(samples[position / repeats]) * repeats + position % repeats
  }

  /// The visits at `positions`, in this order.
  public subscript(positions: Range<Int>) -> [Int] {
    precondition(positions.upperBound <= count, "positions \(positions) of \(count)")
    return positions.map { self[$0] }
  }
}
