import Files

/// Walks through a file of questions and checks what it says.
///
/// The shape is `{version, data: [{title, paragraphs: [{context, qas: [{id, question, is_impossible, answers: [{text,
/// answer_start}]}]}]}]}`. Members that it does not know are skipped, `plausible_answers` among them.
struct QuestionReader {
  /// Where it is; after an error, what was at fault.
  private(set) var place = QuestionPlace()

  private var scanner: JSONScanner

  /// Whether answers are read and checked; else questions may lack them.
  private let readsAnswers: Bool

  /// The places of all questions so far, by id.
  private var places: [String: QuestionPlace] = [:]

  /// A reader of what `scanner` finds.
  init(_ scanner: JSONScanner, readingAnswers: Bool = true) {
    self.scanner = scanner
    readsAnswers = readingAnswers
  }

  /// The whole file.
  mutating func set() throws(DatasetError) -> QuestionSet {
    var version: String?
    var articles: [QuestionSet.Article]?
    let start = scanner.startOfValue()
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      switch key {
      case "version": try fill(&version, key, try scanner.string())
      case "data": try fill(&articles, key, try self.articles())
      default: try scanner.skip()
      }
    }
    try scanner.end()
    let found = try required(articles, "data", "the file", at: start)
    guard !places.isEmpty else {
      throw scanner.failure("the file has no question; is it the right one?", at: start)
    }
    return QuestionSet(version: version, articles: found)
  }

  private mutating func articles() throws(DatasetError) -> [QuestionSet.Article] {
    var articles: [QuestionSet.Article] = []
    try scanner.beginArray()
    while try scanner.nextElement() {
      place = QuestionPlace(article: articles.count + 1)
      articles.append(try article())
    }
    place = QuestionPlace()
    return articles
  }

  private mutating func article() throws(DatasetError) -> QuestionSet.Article {
    var title: String?
    var paragraphs: [QuestionSet.Paragraph]?
    let start = scanner.startOfValue()
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      switch key {
      case "title": try fill(&title, key, try scanner.string())
      case "paragraphs": try fill(&paragraphs, key, try self.paragraphs())
      default: try scanner.skip()
      }
    }
    return QuestionSet.Article(
      title: title ?? "",
      paragraphs: try required(paragraphs, "paragraphs", "an article", at: start))
  }

  private mutating func paragraphs() throws(DatasetError) -> [QuestionSet.Paragraph] {
    var paragraphs: [QuestionSet.Paragraph] = []
    try scanner.beginArray()
    while try scanner.nextElement() {
      place.paragraph = paragraphs.count + 1
      paragraphs.append(try paragraph())
    }
    place.paragraph = 0
    return paragraphs
  }

  private mutating func paragraph() throws(DatasetError) -> QuestionSet.Paragraph {
    var context: String?
    var questions: [FoundQuestion]?
    let start = scanner.startOfValue()
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      switch key {
      case "context": try fill(&context, key, try scanner.string())
      case "qas": try fill(&questions, key, try self.questions())
      default: try scanner.skip()
      }
    }
    let text = try required(context, "context", "a paragraph", at: start)
    let found = try required(questions, "qas", "a paragraph", at: start)
    try check(found, in: text)
    return QuestionSet.Paragraph(context: text, questions: found.map(\.question))
  }

  private mutating func questions() throws(DatasetError) -> [FoundQuestion] {
    var questions: [FoundQuestion] = []
    try scanner.beginArray()
    while try scanner.nextElement() {
      place.question = questions.count + 1
      questions.append(try question())
      (place.id, place.answer) = (nil, 0)
    }
    place.question = 0
    return questions
  }

  private mutating func question() throws(DatasetError) -> FoundQuestion {
    var id: String?
    var text: String?
    var answers: [FoundAnswer]?
    var isImpossible: Bool?
    let start = scanner.startOfValue()
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      switch key {
      case "id":
        try fill(&id, key, try scanner.string())
        place.id = id
      case "question": try fill(&text, key, try scanner.string())
      case "answers" where readsAnswers: try fill(&answers, key, try self.answers())
      case "is_impossible" where readsAnswers: try fill(&isImpossible, key, try scanner.boolean())
      default: try scanner.skip()
      }
    }
    if !readsAnswers { answers = [] }
    let found = FoundQuestion(
      question: QuestionSet.Question(
        id: try required(id, "id", "a question", at: start),
        text: try required(text, "question", "a question", at: start),
        answers: try required(answers, "answers", "a question", at: start).map(\.answer)),
      starts: answers?.map(\.offset) ?? [])
    try checkAnswers(of: found.question, isImpossible: isImpossible ?? false, at: start)
    return found
  }

  private mutating func answers() throws(DatasetError) -> [FoundAnswer] {
    var answers: [FoundAnswer] = []
    try scanner.beginArray()
    while try scanner.nextElement() {
      place.answer = answers.count + 1
      answers.append(try answer())
    }
    place.answer = 0
    return answers
  }

  private mutating func answer() throws(DatasetError) -> FoundAnswer {
    var text: String?
    var start: Int?
    let offset = scanner.startOfValue()
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      switch key {
      case "text": try fill(&text, key, try scanner.string())
      case "answer_start": try fill(&start, key, try scanner.integer())
      default: try scanner.skip()
      }
    }
    return FoundAnswer(
      answer: QuestionSet.Answer(
        text: try required(text, "text", "an answer", at: offset),
        start: try required(start, "answer_start", "an answer", at: offset)),
      offset: offset)
  }
}

/// A question, and where in the file its answers are.
private struct FoundQuestion {
  let question: QuestionSet.Question
  let starts: [Int]
}

/// An answer, and the byte where it begins in the file.
private struct FoundAnswer {
  let answer: QuestionSet.Answer
  let offset: Int
}

// MARK: - Checks

extension QuestionReader {
  /// Sets what `key` gives, which nothing may have set before.
  private func fill<Value>(
    _ slot: inout Value?, _ key: String, _ value: Value
  ) throws(DatasetError) {
    guard slot == nil else {
      throw scanner.failure("\"\(key)\" appears twice; remove the wrong one")
    }
    slot = value
  }

  private func required<Value>(
    _ value: Value?, _ key: String, _ owner: String, at offset: Int
  ) throws(DatasetError) -> Value {
    guard let value else {
      throw scanner.failure(
        "\"\(key)\" is missing, which \(owner) has in the format of SQuAD; add it", at: offset)
    }
    return value
  }

  /// Checks that the id is new, and that answers are there or not as the question says.
  private mutating func checkAnswers(
    of question: QuestionSet.Question, isImpossible: Bool, at offset: Int
  ) throws(DatasetError) {
    if let other = places.updateValue(place, forKey: question.id) {
      throw scanner.failure("the id is also that of \(other); give each its own", at: offset)
    }
    guard readsAnswers else { return }
    if isImpossible && !question.answers.isEmpty {
      throw scanner.failure(
        "\"is_impossible\" is true but there are answers; empty \"answers\", or correct it",
        at: offset)
    }
    if !isImpossible && question.answers.isEmpty {
      throw scanner.failure(
        "there is no answer; add one, or say \"is_impossible\": true", at: offset)
    }
  }

  /// Checks that each answer is in the context where it says.
  private mutating func check(
    _ questions: [FoundQuestion], in context: String
  ) throws(DatasetError) {
    let scalars = Array(context.unicodeScalars)
    for (number, found) in questions.enumerated() {
      for (index, answer) in found.question.answers.enumerated() {
        guard let fault = Self.fault(of: answer, in: scalars) else { continue }
        place.question = number + 1
        place.id = found.question.id
        place.answer = index + 1
        throw scanner.failure(fault, at: found.starts[index])
      }
    }
  }

  /// What is wrong with an answer; nil if it is where it says.
  private static func fault(of answer: QuestionSet.Answer, in context: [Unicode.Scalar]) -> String?
  {
    let text = Array(answer.text.unicodeScalars)
    if text.isEmpty { return "\"text\" is empty; remove the answer" }
    let start = answer.start
    if start >= 0 && start <= context.count - text.count
      && context[start..<(start + text.count)].elementsEqual(text)
    {
      return nil
    }
    let shown = printable(String(answer.text.prefix(40)))
    let there =
      context.indices.contains(start)
      ? "where the context reads '\(printable(quote(context[start...], text.count)))'"
      : "as the context has \(counted(context.count, "character"))"
    let nearest = place(of: text, in: context, near: start)
    let advice =
      nearest.map { "it is at \($0): correct the file, which counts Unicode code points from 0" }
      ?? "the context does not have it: correct one of them"
    return "the answer '\(shown)' is not at \"answer_start\" \(start), \(there); \(advice)"
  }

  private static func quote(_ scalars: ArraySlice<Unicode.Scalar>, _ count: Int) -> String {
    String(String.UnicodeScalarView(scalars.prefix(min(count, 40))))
  }

  /// Where `text` is in `context`, as near to `start` as possible; nil if it is not there.
  private static func place(
    of text: [Unicode.Scalar], in context: [Unicode.Scalar], near start: Int
  ) -> Int? {
    guard text.count <= context.count else { return nil }
    let places = (0...(context.count - text.count)).filter {
      context[$0] == text[0] && context[$0..<($0 + text.count)].elementsEqual(text)
    }
    return places.min { $0.distance(to: start).magnitude < $1.distance(to: start).magnitude }
  }
}
