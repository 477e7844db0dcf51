import Foundation

/// What BERT's basic tokenizer makes of each character before it looks for pieces.
///
/// Control characters vanish, Chinese characters and punctuation stand alone, and an uncased
/// vocabulary gets small letters without accents.
///
/// - Note: Source: google-research/bert, tokenization.py, in the variant of Hugging Face's
///   tokenizers, which decomposes and lower-cases character by character.
struct WordPieceNormalizer: Sendable {
  /// What a character adds to a text.
  enum Step: Sendable, Equatable {
    /// The end of a word.
    case separator
    /// A word of its own: its UTF-8.
    case punctuation([UInt8])
    /// One letter of a word: its UTF-8.
    case letter([UInt8])
  }

  /// Whether capitals and accents stay.
  let isCased: Bool

  /// The steps for one character, none if it vanishes.
  func steps(for scalar: Unicode.Scalar) -> [Step] {
    if Self.isWhitespace(scalar) { return [.separator] }
    if scalar.value == 0 || scalar.value == 0xfffd || Self.isControl(scalar) { return [] }
    var steps = normalized(scalar).map(step)
    if Self.isChinese(scalar) { steps = [.separator] + steps + [.separator] }
    return steps
  }

  private func step(_ scalar: Unicode.Scalar) -> Step {
    if Self.isWhitespace(scalar) { return .separator }
    let bytes = Array(String(Character(scalar)).utf8)
    return Self.isPunctuation(scalar) ? .punctuation(bytes) : .letter(bytes)
  }

  private func normalized(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    if isCased { return [scalar] }
    return String(Character(scalar)).decomposedStringWithCanonicalMapping.unicodeScalars
      .filter { $0.properties.generalCategory != .nonspacingMark }
      .flatMap { Array($0.properties.lowercaseMapping.unicodeScalars) }
  }

  private static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\t", "\n", "\r": true
    // Other controls with the property White_Space vanish.
    default: scalar.properties.isWhitespace && !isControl(scalar)
    }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .privateUse: true
    default: false
    }
  }

  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 33...47, 58...64, 91...96, 123...126: return true
    default: break
    }
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      return true
    default: return false
    }
  }

  /// The blocks of Chinese characters that BERT names; Hangul and kana are not among them.
  ///
  /// The last but two begins at U+2B820 in BERT and at U+2B920 in tokenizers, which is followed.
  private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4e00...0x9fff, 0x3400...0x4dbf, 0x20000...0x2a6df, 0x2a700...0x2b73f, 0x2b740...0x2b81f,
      0x2b920...0x2ceaf, 0xf900...0xfaff, 0x2f800...0x2fa1f:
      return true
    default: return false
    }
  }
}
