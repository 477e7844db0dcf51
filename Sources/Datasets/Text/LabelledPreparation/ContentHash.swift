import Digests

/// 128 bits of the SHA-256 of texts, by which equal rows are found in little memory.
struct ContentHash: Hashable, Sendable {
  let lowBits: UInt64
  let highBits: UInt64
}

/// The hash of `texts`, each with its length, so that no border between two can be mistaken.
func contentHash(_ texts: [String]) -> ContentHash {
  var hasher = SHA256()
  for text in texts {
    hasher.update(littleEndianBytes(UInt64(text.utf8.count)).span)
    hasher.update(Array(text.utf8).span)
  }
  let bytes = hasher.bytes
  func word(_ start: Int) -> UInt64 {
    bytes[start..<(start + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
  return ContentHash(lowBits: word(0), highBits: word(8))
}

/// Where something was met: how often, and the first few places.
public struct Sightings: Sendable, Equatable {
  /// How often.
  public private(set) var count = 0
  /// The first places, as in "train.tsv, line 17".
  public private(set) var first: [String] = []

  private static let shown = 3

  mutating func add(_ place: @autoclosure () -> String) {
    count += 1
    if first.count < Self.shown { first.append(place()) }
  }

  /// The first places, and how many more there are.
  public var places: String {
    let more = count - first.count
    return first.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}
