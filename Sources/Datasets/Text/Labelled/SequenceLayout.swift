/// Lays one text or two out as a sequence of one length, as BERT does: `[CLS] A [SEP]` or `[CLS] A [SEP] B [SEP]`, and
/// padding.
///
/// - Note: Source: google-research/bert, run_classifier.py.
struct SequenceLayout: Sendable {
  /// The tokens of a sequence.
  let length: Int
  let special: SpecialTokens

  /// The shortest sequence in which two texts have a token each.
  static let shortest = 5

  /// One sequence.
  struct Packed: Sendable, Equatable {
    /// (n) the tokens.
    var tokens: [Int32]
    /// Those before the padding.
    var tokenCount: Int
    /// Where B begins; `tokenCount` where there is none.
    var border: Int
  }

  /// The sequence of texts that are short enough, or are cut by ``cut(_:_:)``.
  func pack(_ first: ArraySlice<Int32>, _ second: ArraySlice<Int32> = []) -> Packed {
    var tokens = [special.start] + first + [special.separator]
    let border = tokens.count
    if !second.isEmpty { tokens += second + [special.separator] }
    precondition(tokens.count <= length, "\(tokens.count) tokens for a sequence of \(length)")
    let count = tokens.count
    tokens += repeatElement(special.padding, count: length - count)
    return Packed(tokens: tokens, tokenCount: count, border: border)
  }

  /// How many tokens of each text stay: the last one of the longer goes until both fit, of B where they are equal.
  ///
  /// - Parameters:
  ///   - first: the tokens of A.
  ///   - second: those of B; 0 if there is no B, or it has none.
  /// - Returns: the tokens of each that stay.
  func cut(_ first: Int, _ second: Int) -> (first: Int, second: Int) {
    if second == 0 { return (min(first, length - 2), 0) }
    var (one, other) = (first, second)
    while one + other > length - 3 {
      if one > other { one -= 1 } else { other -= 1 }
    }
    return (one, other)
  }
}

/// The windows by which a long context goes into sequences.
///
/// - Note: Source: google-research/bert, run_squad.py. A window begins `step` tokens after the one before, whatever
///   the room; `doc_stride` of Hugging Face's run_qa.py is what two windows share instead.
struct ContextWindows: Sendable {
  /// The tokens from the beginning of one window to the beginning of the next.
  let step: Int

  /// The windows of a context of `count` tokens, each with at most `room` of them; an empty context has one.
  func windows(of count: Int, room: Int) -> [Range<Int>] {
    precondition(room > 0 && step > 0, "windows of \(room) tokens each \(step)")
    var windows: [Range<Int>] = []
    var start = 0
    while true {
      let end = min(start + room, count)
      windows.append(start..<end)
      if end == count { return windows }
      start += min(end - start, step)
    }
  }
}
