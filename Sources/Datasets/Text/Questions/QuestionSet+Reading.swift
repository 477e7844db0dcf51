import Files

extension QuestionSet {
  /// More content than any file of questions has; keeps a hostile file from filling memory.
  private static let largestContent = 1 << 29

  /// Reads a file of SQuAD v1.1 or v2.0 (JSON), plain, gzip or xz.
  ///
  /// Each answer is looked up in its context. Plausible answers to impossible questions are skipped.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - readingAnswers: whether answers are read and checked; else questions may lack them, and have none.
  /// - Throws: ``DatasetError`` that names the byte, the article, the paragraph and the question, each counted from 1.
  public init(contentsOf path: String, readingAnswers: Bool = true) throws(DatasetError) {
    let file = try UnpackedFile(path)
    let content = try file.contents(atMost: Self.largestContent) { prefix throws(DatasetError) in
      guard let reason = Self.reasonAgainst(prefix) else { return }
      throw DatasetError(.invalid, FileLocation(path), reason)
    }
    try self.init(
      content: content, file: path, isUnpacked: file.isUnpacked, readingAnswers: readingAnswers)
  }

  /// Reads the content of such a file.
  ///
  /// - Parameters:
  ///   - content: JSON in UTF-8, with or without a byte order mark.
  ///   - file: the path, for errors.
  ///   - isUnpacked: whether the file itself is packed.
  ///   - readingAnswers: as above.
  /// - Throws: ``DatasetError``, as above.
  init(
    content: [UInt8], file: String, isUnpacked: Bool = false, readingAnswers: Bool = true
  ) throws(DatasetError) {
    var reader = QuestionReader(
      try JSONScanner(content, file: file, isUnpacked: isUnpacked), readingAnswers: readingAnswers)
    do {
      self = try reader.set()
    } catch {
      let place = reader.place.description
      throw DatasetError(
        error.code, error.location, place.isEmpty ? error.message : "\(place): \(error.message)")
    }
  }

  /// Why a file that begins so is no JSON; nil if it may be.
  private static func reasonAgainst(_ prefix: [UInt8]) -> String? {
    let advice = "name a JSON file in the format of SQuAD"
    let kind = FileKind(of: prefix)
    if let kind, kind != .json, !kind.isPlainText {
      return kind.insteadOf("questions in the format of SQuAD", advice: advice)
    }
    let blanks: [UInt8] = [0x20, 0x09, 0x0a, 0x0d]
    let first = prefix.dropFirst(FileKind.byteOrderMarkLength(prefix)).first {
      !blanks.contains($0)
    }
    if first == UInt8(ascii: "{") { return nil }
    return "\(FileKind.clause(about: prefix)), which is no object of JSON; \(advice)"
  }
}

/// Where in a file of questions a reader is, for errors; numbers count from 1.
struct QuestionPlace: CustomStringConvertible {
  var article = 0
  var paragraph = 0
  var question = 0
  /// The question's id, once it is known.
  var id: String?
  var answer = 0

  /// For example "article 1, paragraph 2, question 3 (id 56be4db0), answer 1".
  var description: String {
    let id = id.map { " (id \(printable($0)))" } ?? ""
    let parts = [("article", article), ("paragraph", paragraph), ("question", question)]
    let names = parts.filter { $0.1 > 0 }.map { "\($0) \($1)" }.joined(separator: ", ")
    return names + id + (answer > 0 ? ", answer \(answer)" : "")
  }
}
