/// Repeatable text for `prepare text`: letters and a little punctuation.
public enum BookText {
  /// A `vocab.txt` that knows every word of the text letter by letter.
  public static let vocabulary: String = {
    let letters = "abcdefghijklmnopqrstuvwxyz".map(String.init)
    let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "."] + letters
    return (pieces + letters.map { "##\($0)" }).map { $0 + "\n" }.joined()
  }()

  /// `count` lines of words, each of a few syllables.
  public static func lines(_ count: Int, seed: UInt64 = 1) -> String {
    var state = seed
    func next(below bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    let syllables = ["ta", "ne", "ri", "so", "lu", "me", "ha", "di", "co", "be", "fa", "gy"]
    return (0..<count).map { _ in
      let words = (0...next(below: 10)).map { _ in
        (0...next(below: 4)).map { _ in syllables[next(below: next(below: 12) + 1)] }.joined()
      }
      return words.joined(separator: " ") + ".\n"
    }.joined()
  }
}
