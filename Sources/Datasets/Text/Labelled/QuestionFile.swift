import Digests
import Foundation

/// The questions of a set of spans, with all that decoding and scoring need: `questions.jsonl` beside the shards.
///
/// Each line is a JSON object for one paragraph. Its questions are numbered on from those of the line before;
/// ``LabelledSample/example`` is such a number.
public struct QuestionFile: Sendable {
  /// A paragraph.
  public struct Paragraph: Codable, Sendable, Equatable {
    /// The text, as it was in the file.
    public let context: String

    /// For each token of the context the first of its Unicode scalars and the one behind its last, one pair after the
    /// other.
    public let places: [Int]

    /// What is asked about it.
    public let questions: [Question]

    /// The scalars of the context that a token is for.
    public func scalars(of token: Int) -> Range<Int> { places[2 * token]..<places[2 * token + 1] }

    /// The text of the context from one token through another, as it was in the file.
    public func text(from first: Int, through last: Int) -> String {
      let all = Array(context.unicodeScalars)
      let range = scalars(of: first).lowerBound..<scalars(of: last).upperBound
      return String(String.UnicodeScalarView(all[range]))
    }

    /// The tokens of the context.
    public var tokenCount: Int { places.count / 2 }
  }

  /// A question.
  public struct Question: Codable, Sendable, Equatable {
    /// Its name in the file.
    public let id: String
    /// What is asked.
    public let question: String
    /// The answers that count as correct, of which training uses the first; empty if there is no answer.
    public let answers: [Answer]
  }

  /// An answer.
  public struct Answer: Codable, Sendable, Equatable {
    /// Its text.
    public let text: String
    /// The Unicode scalar of the context at which it begins, from 0.
    public let start: Int
  }

  static let fileName = "questions.jsonl"

  /// The paragraphs in order.
  public let paragraphs: [Paragraph]

  /// For each question its paragraph, and its number there.
  private let index: [(paragraph: Int, question: Int)]

  /// The number of questions.
  public var count: Int { index.count }

  /// The paragraph and the question with a number.
  public func question(_ number: Int) -> (paragraph: Paragraph, question: Question) {
    let (paragraph, question) = index[number]
    return (paragraphs[paragraph], paragraphs[paragraph].questions[question])
  }

  init(_ paragraphs: [Paragraph]) {
    self.paragraphs = paragraphs
    index = paragraphs.enumerated().flatMap { number, paragraph in
      paragraph.questions.indices.map { (number, $0) }
    }
  }

  /// Reads the file in `folder` and compares its SHA-256.
  ///
  /// - Throws: ``DatasetError`` if it is missing or not the one that the shards were written with.
  init(in folder: Folder, digest: [UInt8]) throws(DatasetError) {
    let path = "\(folder.path)/\(Self.fileName)"
    let bytes = try OpenFile(reading: path).contents(atMost: 1 << 34)
    var hasher = SHA256()
    hasher.update(bytes.span)
    guard hasher.bytes == digest else {
      throw DatasetError(
        .invalid, FileLocation(path),
        "its SHA-256 is not the one that the shards record; copy it or make the set again")
    }
    var paragraphs: [Paragraph] = []
    for (number, line) in bytes.split(separator: 0x0a).enumerated() {
      guard let paragraph = try? JSONDecoder().decode(Paragraph.self, from: Data(line)),
        paragraph.isSound
      else {
        throw DatasetError(
          .invalid, FileLocation(path, line: number + 1), "no paragraph; make the set again")
      }
      paragraphs.append(paragraph)
    }
    self.init(paragraphs)
  }

  /// The content of the file.
  func encode() -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return paragraphs.flatMap { paragraph in
      do {
        return Array(try encoder.encode(paragraph)) + [0x0a]
      } catch {
        preconditionFailure("a paragraph that is not JSON: \(error)")
      }
    }
  }
}

extension QuestionFile.Paragraph {
  /// Whether every place is in the context.
  fileprivate var isSound: Bool {
    let count = context.unicodeScalars.count
    guard places.count.isMultiple(of: 2), places.allSatisfy({ 0...count ~= $0 }) else {
      return false
    }
    // A token ends behind all that begin before it, so that any two of them are ends of a passage.
    var latest = 0
    for token in 0..<tokenCount {
      latest = max(latest, places[2 * token])
      if places[2 * token + 1] < latest { return false }
    }
    return questions.allSatisfy { question in
      question.answers.allSatisfy {
        $0.start >= 0 && $0.start <= count - $0.text.unicodeScalars.count
      }
    }
  }
}
