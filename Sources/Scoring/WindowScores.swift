/// What is kept of the logits of one window: the places at which an answer could best begin and end in it.
///
/// A window of n tokens has 2n logits. Its answers follow from these few, which any rank can send as ``words``.
package struct WindowScores: Sendable, Equatable {
  /// A token of the window and its logit.
  package struct Place: Sendable, Equatable {
    /// The number of the token in the window, from 0.
    let token: Int
    let logit: Float
  }

  /// The tokens of the window: n.
  let length: Int

  /// The tokens with the highest logits as the start of an answer, the highest first, of equal ones the lower token.
  let starts: [Place]

  /// Those with the highest logits as its end.
  let ends: [Place]

  /// The start logit of [CLS], the first token, which means no answer.
  let noAnswerStart: Float

  /// Its end logit.
  let noAnswerEnd: Float

  /// The first token with a logit that is not a finite number; nil if there is none, else all other numbers are 0.
  let firstNotFinite: Int?

  /// The scores of a window of n tokens.
  ///
  /// - Parameters:
  ///   - logits: (2, n), a start logit for each token and then the end logits, as `Model.logits` gives them.
  ///   - bestCount: how many starts and ends are kept, if there are as many tokens.
  package init(_ logits: ArraySlice<Float>, bestCount: Int) {
    let length = logits.count / 2
    precondition(
      length > 0 && logits.count == 2 * length, "\(logits.count) logits are not two rows")
    precondition(bestCount > 0, "\(bestCount) starts and ends")
    let (start, end) = (Array(logits.prefix(length)), Array(logits.suffix(length)))
    self.length = length
    firstNotFinite = start.indices.first { !start[$0].isFinite || !end[$0].isFinite }
    let isFinite = firstNotFinite == nil
    noAnswerStart = isFinite ? start[0] : 0
    noAnswerEnd = isFinite ? end[0] : 0
    let count = min(bestCount, length)
    let none = Array(repeating: Place(token: 0, logit: 0), count: count)
    starts = isFinite ? Self.highest(count, of: start) : none
    ends = isFinite ? Self.highest(count, of: end) : none
  }

  /// The `count` highest of `logits`, the highest first, of equal ones the lower token.
  private static func highest(_ count: Int, of logits: [Float]) -> [Place] {
    let tokens = logits.indices.sorted { (-logits[$0], $0) < (-logits[$1], $1) }
    return tokens.prefix(count).map { Place(token: $0, logit: logits[$0]) }
  }
}

extension WindowScores {
  /// The numbers that ``words`` has beside two for each start and each end.
  private static let ownWords = 4

  /// The scores as numbers, equally many for all windows of one length; tokens below 2^24 are exact.
  package var words: [Float] {
    let own = [Float(length), Float(firstNotFinite ?? -1), noAnswerStart, noAnswerEnd]
    return own + (starts + ends).flatMap { [Float($0.token), $0.logit] }
  }

  /// The scores that these numbers are: what ``words`` gave.
  package init(words: ArraySlice<Float>) {
    let places = words.dropFirst(Self.ownWords)
    precondition(
      words.count > Self.ownWords && places.count.isMultiple(of: 4),
      "\(words.count) words of a window")
    let own = Array(words.prefix(Self.ownWords))
    length = Int(own[0])
    firstNotFinite = own[1] < 0 ? nil : Int(own[1])
    (noAnswerStart, noAnswerEnd) = (own[2], own[3])
    starts = Self.places(places.prefix(places.count / 2))
    ends = Self.places(places.suffix(places.count / 2))
  }

  private static func places(_ words: ArraySlice<Float>) -> [Place] {
    stride(from: words.startIndex, to: words.endIndex, by: 2).map {
      Place(token: Int(words[$0]), logit: words[$0 + 1])
    }
  }
}
