import Files

/// Something that a model is asked about: a text, a pair of texts, or a question with its context.
package struct TextInput: Sendable, Equatable {
  /// What is asked about.
  package enum Content: Sendable, Equatable {
    /// A text, or a pair of texts.
    case texts(String, pair: String?)
    /// A question and the text that is to answer it.
    case question(String, context: String)
  }

  /// The path of its file, or "standard input"; nil for an argument.
  package let file: String?

  /// The line at which it begins in the file, from 1; nil if it has no line.
  package let line: Int?

  /// Its identifier in the file, if there is one.
  package let id: String?

  /// What is asked about, or why that cannot be used.
  package let content: Result<Content, DatasetError>

  /// The bytes of its texts in UTF-8; 0 if it cannot be used.
  var byteCount: Int {
    switch content {
    case .success(.texts(let text, let pair)): text.utf8.count + (pair?.utf8.count ?? 0)
    case .success(.question(let question, let context)): question.utf8.count + context.utf8.count
    case .failure: 0
    }
  }
}

/// What the texts of an input are called: keys of JSON, or columns of a table.
package enum TextInputFields: Sendable, Equatable {
  /// A text, or a pair of texts, under the usual names.
  case usualTexts
  /// A text, or a pair of texts, under these names.
  case texts(String, pair: String?)
  /// A question and its context.
  case questions

  /// The usual names of texts and, where there is one, of the second text of a pair.
  ///
  /// They are those of GLUE's sets, of Hugging Face's pipelines, and of BERT's scripts.
  private static let usual: [(text: String, pair: String?)] = [
    ("text", "text_pair"), ("premise", "hypothesis"), ("sentence1", "sentence2"),
    ("question1", "question2"), ("question", "sentence"), ("text_a", "text_b"),
    ("first", "second"), ("sentence", nil),
  ]

  /// The names of what an input is called.
  static let ids = ["id", "idx"]

  /// All names that an input may have.
  var names: [String] {
    switch self {
    case .usualTexts: Self.usual.flatMap { [$0.text] + ($0.pair.map { [$0] } ?? []) } + Self.ids
    case .texts(let text, let pair): [text] + (pair.map { [$0] } ?? []) + Self.ids
    case .questions: ["question", "context"] + Self.ids
    }
  }

  /// Whether one of these names, of a text that is needed, is in `header`.
  func isFound(in header: [String]) -> Bool {
    switch self {
    case .usualTexts: Self.usualNames(in: header) != nil
    case .texts(let text, _): header.contains(text)
    case .questions: header.contains("question")
    }
  }

  /// The texts among `values`.
  ///
  /// - Parameters:
  ///   - values: texts by name.
  ///   - names: all names of the object or table, for an error.
  ///   - what: what a name is there: "key" or "column".
  ///   - location: where they are.
  /// - Throws: ``DatasetError`` if one is missing.
  /// - Returns: what is asked about.
  func content(
    _ values: [String: String], of names: [String], called what: String, _ location: FileLocation
  ) throws(DatasetError) -> TextInput.Content {
    func value(_ name: String) throws(DatasetError) -> String {
      if let value = values[name] { return value }
      throw DatasetError(
        .invalid, location, "has no \(what) '\(name)'; \(Self.list(names, called: what))")
    }
    switch self {
    case .questions: return .question(try value("question"), context: try value("context"))
    case .texts(let text, let pair):
      let first = try value(text)
      guard let pair else { return .texts(first, pair: nil) }
      return .texts(first, pair: try value(pair))
    case .usualTexts:
      guard let found = Self.usualNames(in: Array(values.keys)) else {
        let wanted = Self.usual.map(\.text).joined(separator: ", ")
        throw DatasetError(
          .invalid, location,
          "has no \(what) called \(wanted); \(Self.list(names, called: what)): name one with --text"
        )
      }
      return .texts(try value(found.text), pair: found.pair.flatMap { values[$0] })
    }
  }

  private static func list(_ names: [String], called what: String) -> String {
    "its \(what)s are \(names.isEmpty ? "none" : names.prefix(12).map { printable($0) }.joined(separator: ", "))"
  }

  /// The usual names that are among `names`: of a pair if there is one, else of a text.
  private static func usualNames(in names: [String]) -> (text: String, pair: String?)? {
    let texts = usual.filter { names.contains($0.text) }
    return texts.first { found in found.pair.map { names.contains($0) } ?? false } ?? texts.first
  }
}

extension TextInput {
  /// An input with this content, which must have something to read.
  init(
    _ content: Content, id: String? = nil, file: String? = nil, line: Int? = nil,
    _ location: FileLocation
  ) {
    self.file = file
    self.line = line
    self.id = id
    let missing: String? =
      switch content {
      case .texts(let text, let pair):
        Self.isBlank(text) && Self.isBlank(pair ?? "") ? "the text" : nil
      case .question(let question, let context):
        Self.isBlank(question) ? "the question" : Self.isBlank(context) ? "the context" : nil
      }
    self.content =
      if let missing {
        .failure(
          DatasetError(.invalid, location, "\(missing) is empty; leave it out, or write one"))
      } else {
        .success(content)
      }
  }

  private static func isBlank(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
  }
}
