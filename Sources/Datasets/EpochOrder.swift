import Randomness

/// The order in which an epoch visits the samples: a pure function of seed, epoch and count.
///
/// Nobody's rank or thread is in it, so all ranks agree without a word and a resumed run finds any
/// position at once.
///
/// - Note: Source: the shuffle of R. Durstenfeld, Algorithm 235, CACM 1964, drawing number i of the
///   epoch's stream for position i, the last first.
public struct EpochOrder: Sendable {
  private let samples: [UInt32]

  /// The permutation of `count` samples, at least 1, for `epoch`, counted from 0.
  public init(seed: UInt64, epoch: Int, count: Int) {
    guard count > 0, let limit = UInt32(exactly: count) else {
      preconditionFailure("an epoch of \(count) samples")
    }
    let key = RandomKey(seed: seed, purpose: .epochOrder, time: epoch)
    var samples = Array(0..<limit)
    for position in stride(from: count - 1, to: 0, by: -1) {
      samples.swapAt(position, key.integer(position, below: position + 1))
    }
    self.samples = samples
  }

  /// The number of samples.
  public var count: Int { samples.count }

  /// The sample that is visited at `position`.
  public subscript(position: Int) -> Int { Int(samples[position]) }

  /// The samples that are visited at `positions`, in this order.
  public subscript(positions: Range<Int>) -> [Int] { samples[positions].map(Int.init) }
}
