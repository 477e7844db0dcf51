/// The words of an answer as SQuAD compares them.
///
/// In this order: lower case, the 32 punctuation marks of ASCII deleted, the whole words a, an and the replaced by a
/// blank, split at white space. Accents, dashes and typographic quotes stay. Two answers are equal if their scalars
/// are; Swift's `==` of strings would take é and e with an accent for the same.
///
/// - Note: Source: `normalize_answer` of SQuAD's `evaluate-v1.1.py` and `evaluate-v2.0.py`.
package struct NormalizedAnswer: Sendable, Hashable {
  /// The words; none is empty.
  package let words: [[Unicode.Scalar]]

  private static let articles: Set<[Unicode.Scalar]> = [["a"], ["a", "n"], ["t", "h", "e"]]

  /// Normalises `text`.
  package init(_ text: String) {
    let scalars = pythonLowercased(text).filter { !$0.isPythonPunctuation }
    var words: [[Unicode.Scalar]] = []
    var word: [Unicode.Scalar] = []
    func endWord() {
      if !word.isEmpty { words.append(word) }
      word = []
    }
    var index = 0
    while index < scalars.count {
      let run = scalars[index...].prefix { $0.isPythonWord }
      if run.isEmpty {
        if scalars[index].isPythonSpace { endWord() } else { word.append(scalars[index]) }
        index += 1
        continue
      }
      // An article ends the word before it even where that is a dash.
      if Self.articles.contains(Array(run)) { endWord() } else { word += run }
      index = run.endIndex
    }
    endWord()
    self.words = words
  }

  /// Whether nothing is left.
  package var isEmpty: Bool { words.isEmpty }

  /// The words, one blank between two.
  package var text: String {
    String(String.UnicodeScalarView(words.joined(separator: [" "])))
  }

  /// How many words both have, each as often as it is in both.
  package func commonWords(with other: NormalizedAnswer) -> Int {
    var left: [[Unicode.Scalar]: Int] = [:]
    for word in other.words { left[word, default: 0] += 1 }
    var common = 0
    for word in words {
      guard let count = left[word], count > 0 else { continue }
      left[word] = count - 1
      common += 1
    }
    return common
  }
}
