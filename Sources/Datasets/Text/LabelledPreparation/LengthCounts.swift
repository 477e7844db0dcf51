/// How long texts are in tokens, before anything is cut.
public struct LengthCounts: Sendable, Equatable {
  /// For each length that was met, how often.
  private var counts: [Int: Int] = [:]

  /// Counts one text.
  mutating func add(_ length: Int) { counts[length, default: 0] += 1 }

  /// The texts counted.
  public var count: Int { counts.values.reduce(0, +) }

  /// The mean; 0 of none.
  public var mean: Double {
    let sum = counts.reduce(0) { $0 + $1.key * $1.value }
    return count == 0 ? 0 : Double(sum) / Double(count)
  }

  /// The length that at least this share of the texts does not exceed; 0 of none.
  public func quantile(_ share: Double) -> Int {
    let wanted = share * Double(count)
    var seen = 0
    for (length, number) in counts.sorted(by: { $0.key < $1.key }) {
      seen += number
      if Double(seen) >= wanted { return length }
    }
    return 0
  }

  /// The longest; 0 of none.
  public var longest: Int { counts.keys.max() ?? 0 }
}

/// The names of the sets that one preparation makes, each a folder in its output.
public enum PreparedSet: String, Sendable, CaseIterable {
  /// What is learned from.
  case train
  /// What was held out of the training files.
  case holdout
  /// What the development files have.
  case dev
}

/// Which part of the training files is held out: a function of the content alone, without a seed.
public struct Holdout: Sendable, Equatable {
  /// The share that is held out, between 0 and 1.
  public let share: Double

  /// Holds out about `share` of all groups.
  public init(share: Double) {
    precondition(0 < share && share < 1, "a holdout of \(share)")
    self.share = share
  }

  /// Whether what has this in common is held out: the first 64 bits of its SHA-256 are below the share of them.
  func contains(_ group: String) -> Bool {
    let bits = contentHash([group]).lowBits
    // 53 bits are exact as a Double.
    return Double(bits >> 11) < share * 0x1p53
  }
}
