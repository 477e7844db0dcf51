import Datasets
import Randomness

/// Texts that can be learned, made and not read: somewhere in each are an opening and a closing token among others.
///
/// The class is 0 where the opening one comes first, as in two of three texts, else 1. The span goes from the opening
/// one to the closing one; there is none, and so it is that of `[CLS]`, where the closing one comes first.
struct OrderedTokens: LabelledText {
  private static let (padding, start, separator): (Int32, Int32, Int32) = (0, 2, 3)
  private static let (opening, closing, ordinary): (Int32, Int32, Int32) = (5, 6, 7)

  let count: Int
  let isTest: Bool
  let length: Int
  let vocabularySize: Int
  let findsSpans: Bool

  var labelsPerSample: Int { findsSpans ? 2 : 1 }
  var digest: String { "ordered tokens \(isTest ? "test" : "train") \(count) \(length)" }
  var classNames: [String]? { findsSpans ? nil : ["opened", "closed"] }

  func sequence(of sample: Int) -> LabelledSequence {
    let key = RandomKey(seed: isTest ? 1 : 0, purpose: .masking, sample: sample)
    let words = 6 + key.integer(0, below: length - 7)
    let places = 1..<(1 + words)
    var tokens = places.map { place in
      Self.ordinary + Int32(key.integer(place, below: vocabularySize - Int(Self.ordinary)))
    }
    let first = key.integer(length + 1, below: words - 1)
    let second = first + 1 + key.integer(length + 2, below: words - first - 1)
    let isOpen = key.integer(length + 3, below: 3) > 0
    tokens[first] = isOpen ? Self.opening : Self.closing
    tokens[second] = isOpen ? Self.closing : Self.opening
    tokens = [Self.start] + tokens + [Self.separator]
    tokens += repeatElement(Self.padding, count: length - tokens.count)
    let span = isOpen ? [Int32(first + 1), Int32(second + 1)] : [0, 0]
    return LabelledSequence(tokens: tokens, labels: findsSpans ? span : [isOpen ? 0 : 1])
  }
}
