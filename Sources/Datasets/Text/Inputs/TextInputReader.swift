import Glibc

/// Reads what a model is asked about from a file or from standard input, in constant memory but for a file of SQuAD.
///
/// A line that begins with `{` is an object of JSON, any other is a text. A file called .jsonl, .ndjson or .json has
/// objects alone. One called .tsv or .csv is a table whose first line names its columns, as is text whose first line
/// has tabs between names of texts. A JSON file of SQuAD has questions, whose answers are not looked at.
package final class TextInputReader {
  private let fields: TextInputFields
  private let companion: String?
  private let lines: InputLines
  private var content: Content
  /// Those of a file of SQuAD that are left.
  private var questions: ArraySlice<TextInput> = []

  private enum Content {
    /// The first line will tell.
    case unknown
    /// A text a line, or an object of JSON.
    case lines
    /// An object of JSON a line.
    case objects
    case table(InputTable)
    case questions
  }

  /// A reader of the file at `path`, plain, gzip or xz.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - fields: what the texts are called.
  ///   - companion: what goes with each plain text: the second one of a pair, or the question on it.
  /// - Throws: ``DatasetError`` if the file cannot be read, is not text, or lacks a column.
  package init(
    file path: String, fields: TextInputFields, companion: String? = nil
  ) throws(DatasetError) {
    self.fields = fields
    self.companion = companion
    let lines = try InputLines(file: path)
    self.lines = lines
    switch TableFormat(endingOf: path) {
    case .tsv: content = .table(try InputTable(lines, .tsv, fields))
    case .csv: content = .table(try InputTable(lines, .csv, fields))
    case .jsonl:
      let isSQuAD = fields == .questions && Self.isSQuAD(lines.prefix)
      content = isSQuAD ? .questions : .objects
      if isSQuAD { questions = try Self.questions(in: path)[...] }
    case nil: content = .unknown
    }
  }

  /// A reader of standard input.
  ///
  /// - Parameters:
  ///   - fields: what the texts are called.
  ///   - companion: what goes with each plain text: the second one of a pair, or the question on it.
  package init(standardInputWith fields: TextInputFields, companion: String? = nil) {
    self.fields = fields
    self.companion = companion
    lines = InputLines()
    content = .unknown
  }

  /// The next inputs: one, for which it waits, and those that are there already.
  ///
  /// - Parameter count: the most inputs; at least 1.
  /// - Throws: ``DatasetError`` if nothing more can be read.
  /// - Returns: none at the end.
  package func next(atMost count: Int) throws(DatasetError) -> [TextInput] {
    precondition(count > 0, "\(count) inputs")
    var inputs: [TextInput] = []
    while inputs.count < count, inputs.isEmpty || isReady, let found = try take() {
      inputs += found
    }
    return inputs
  }

  private var isReady: Bool { if case .questions = content { true } else { lines.isReady } }

  /// What comes next: an input, or none for a line that is not an input; nil at the end.
  private func take() throws(DatasetError) -> [TextInput]? {
    switch content {
    case .questions: return questions.popFirst().map { [$0] }
    case .table(let table): return try table.next()
    case .lines, .objects, .unknown: break
    }
    guard let line = try lines.next() else { return nil }
    let text: [UInt8]
    do throws(DatasetError) {
      text = try lines.text(of: line)
    } catch {
      return [TextInput(file: lines.name, line: line.number, id: nil, content: .failure(error))]
    }
    if case .unknown = content {
      content = .lines
      if let table = try InputTable(lines, header: text, line.number, fields) {
        content = .table(table)
        return []
      }
    }
    return input(text, line.number)
  }

  private func input(_ line: [UInt8], _ number: Int) -> [TextInput] {
    let location = FileLocation(lines.name, line: number)
    let isObject = if case .objects = content { true } else { line.first == UInt8(ascii: "{") }
    guard isObject else {
      let text = String(decoding: line.last == 0x0d ? line.dropLast() : line[...], as: UTF8.self)
      return [
        TextInput(
          plain: text, fields, companion: companion, location, file: lines.name, line: number)
      ]
    }
    if line.allSatisfy({ [0x20, 0x09, 0x0d].contains($0) }) { return [] }
    return [TextInput(object: line, fields, location, file: lines.name, line: number)]
  }
}

extension TextInputReader {
  /// Whether an argument is a path and no text: something is there, or it is one word that ends as such files do.
  package static func isPath(_ argument: String) -> Bool {
    if unsafe access(argument, F_OK) == 0 { return true }
    let isWord = !argument.unicodeScalars.contains(where: \.properties.isWhitespace)
    return isWord && (TableFormat(endingOf: argument) != nil || argument.hasSuffix(".txt"))
  }
}

// MARK: - SQuAD

extension TextInputReader {
  /// Whether a file that begins so is an object with the list `data`, which no line of JSON has.
  private static func isSQuAD(_ prefix: ArraySlice<UInt8>) -> Bool {
    // It may end inside a character.
    var head = Array(prefix)
    while let last = head.last, last >= 0x80 { head.removeLast() }
    // What is not JSON so far is another format, whose reader reports what is wrong.
    return (try? hasData(head)) ?? false
  }

  private static func hasData(_ head: [UInt8]) throws(DatasetError) -> Bool {
    var scanner = try JSONScanner(head, file: "")
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      if key == "data" {
        let place = scanner.startOfValue()
        return place < head.count && head[place] == UInt8(ascii: "[")
      }
      try scanner.skip()
    }
    return false
  }

  private static func questions(in path: String) throws(DatasetError) -> [TextInput] {
    let set = try QuestionSet(contentsOf: path, readingAnswers: false)
    return set.articles.flatMap(\.paragraphs).flatMap { paragraph in
      paragraph.questions.map { question in
        TextInput(
          .question(question.text, context: paragraph.context), id: question.id, file: path,
          FileLocation("\(path), question \(question.id)"))
      }
    }
  }
}

extension TextInput {
  /// A file that cannot be read, or not to its end.
  package init(file: String, failure: DatasetError) {
    self.init(file: file, line: nil, id: nil, content: .failure(failure))
  }

  /// The input that an argument is: an object of JSON, or a text.
  ///
  /// - Parameters:
  ///   - argument: the text.
  ///   - number: its number among the arguments, from 1.
  ///   - fields: what texts are called in JSON.
  ///   - companion: what goes with a plain text: the second one of a pair, or the question on it.
  package init(
    argument: String, number: Int, fields: TextInputFields, companion: String? = nil
  ) {
    let location = FileLocation("argument \(number)")
    if argument.utf8.first == UInt8(ascii: "{") {
      self.init(object: Array(argument.utf8), fields, location, file: nil, line: nil)
    } else {
      self.init(
        plain: argument, fields, companion: companion, location, file: nil, line: nil)
    }
  }

  /// The input that an object of JSON is.
  fileprivate init(
    object: [UInt8], _ fields: TextInputFields, _ location: FileLocation, file: String?, line: Int?
  ) {
    do throws(DatasetError) {
      let row = try JSONRow(object, wanted: fields.names, allowsNull: true, location)
      let content = try fields.content(row.values, of: row.keys, called: "key", location)
      let id = TextInputFields.ids.lazy.compactMap { row.values[$0] }.first
      self.init(content, id: id, file: file, line: line, location)
    } catch {
      self.init(file: file, line: line, id: nil, content: .failure(error))
    }
  }

  /// The input that a plain text is.
  fileprivate init(
    plain text: String, _ fields: TextInputFields, companion: String?, _ location: FileLocation,
    file: String?, line: Int?
  ) {
    guard fields == .questions else {
      self.init(.texts(text, pair: companion), file: file, line: line, location)
      return
    }
    guard let companion else {
      let error = DatasetError(
        .invalid, location,
        "there is only a context: give the question with --question, or write both as JSON, "
          + "{\"question\": \"…\", \"context\": \"…\"}")
      self.init(file: file, line: line, id: nil, content: .failure(error))
      return
    }
    self.init(.question(companion, context: text), file: file, line: line, location)
  }
}
