import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite("Questions in the format of SQuAD")
struct QuestionSetTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A file with one question, whose members are JSON as given.
  private func file(
    context: String = #""the cat sat""#, id: String = #""q1""#,
    answers: String = #"[{"text": "cat", "answer_start": 4}]"#, more: String = ""
  ) -> String {
    """
    {"version": "1.1", "data": [{"title": "Cats", "paragraphs": [{"context": \(context),
    "qas": [{"id": \(id), "question": "Who sat?", "answers": \(answers)\(more)}]}]}]}
    """
  }

  private func read(_ text: String) throws -> QuestionSet {
    try QuestionSet(contentsOf: try folder.write(text, to: "set.json"))
  }

  @Test("Articles, paragraphs, questions and answers are read in order, members in any order")
  func values() throws {
    let set = try read(
      #"""
      {"data": [
        {"paragraphs": [
          {"qas": [
            {"answers": [{"answer_start": 0, "text": "One"}, {"text": "two", "answer_start": 4}],
             "extra": [1, -0.5e+3, {"a": null}, [], {}, true, "\u00e9"], "question": "How many?", "id": "a"},
            {"plausible_answers": [{"text": "three", "answer_start": 99}], "question": "Why?", "id": "b",
             "answers": [], "is_impossible": true}],
           "context": "One two"},
          {"context": "", "qas": []}],
         "title": "Numbers"},
        {"paragraphs": []}],
       "version": "v2.0"}
      """#)
    #expect(set.version == "v2.0" && set.hasImpossibleQuestions)
    #expect(set.articles.map(\.title) == ["Numbers", ""])
    #expect(set.articles[0].paragraphs.map(\.context) == ["One two", ""])
    #expect(set.questions.map(\.id) == ["a", "b"])
    #expect(set.questions.map(\.text) == ["How many?", "Why?"])
    #expect(set.questions.map(\.isImpossible) == [false, true])
    #expect(set.questions[0].answers.map(\.text) == ["One", "two"])
    #expect(set.questions[0].answers.map(\.range) == [0..<3, 4..<7])
    #expect(set.questions[1].answers.isEmpty)
    #expect(try !read(file()).hasImpossibleQuestions)
  }

  /// The context before the answer, and the answer, as JSON strings without their marks; and the offset in scalars.
  private static let places: [(before: String, answer: String, start: Int)] = [
    ("", "cat", 0), ("😀", "cat", 1), (#"\ud83d\ude00"#, "cat", 1), ("👩‍👩‍👧 ", "cat", 6),
    ("e\u{301} ", "cat", 3), ("\u{e9} ", "cat", 2), ("e\u{301} ", "e\u{301}te\u{301}", 3),
    ("ﬁ ﬂ ", "ﬁn", 4), ("ＡＢ", "ｃａｔ", 2), ("a\u{a0}", "\u{a0}b", 2), (#"a\tb\t"#, "cat", 4),
    (#"a\r\nb\r\n"#, "cat", 6), (#"\r\n"#, "cat", 2), (#"a\n\r"#, #"\r\ncat"#, 3),
    ("\u{feff}", "cat", 1),
    (#"\ufeff"#, #"\u0063at"#, 1), ("\u{1d400}", "\u{1d401}", 1), (#"\u0000"#, "cat", 1),
    ("🇫🇺", "🇷", 2), ("🇫", "🇷", 1), ("é", "\u{301}", 1), (#"\"\\\/"#, "cat", 3),
  ]

  @Test("Offsets count Unicode scalars, not visible characters", arguments: places)
  func offsets(before: String, answer: String, start: Int) throws {
    let text = file(
      context: "\"\(before)\(answer) end\"",
      answers: "[{\"text\": \"\(answer)\", \"answer_start\": \(start)}]")
    let set = try read(text)
    let scalars = Array(set.articles[0].paragraphs[0].context.unicodeScalars)
    let found = set.questions[0].answers[0]
    #expect(scalars[found.range].elementsEqual(found.text.unicodeScalars))
    #expect(found.start == start)
    for wrong in [start + 1, start - 1, -1, 1 << 40] {
      let moved = text.replacing("_start\": \(start)}", with: "_start\": \(wrong)}")
      #expect(throws: DatasetError.self) { try read(moved) }
    }
  }

  @Test("A file may be packed, and begin with a byte order mark")
  func packed() throws {
    let marked = Array("\u{feff}\(file())\r\n".utf8)
    for (name, bytes) in [("set.json", marked), ("set.json.gz", gzip(marked))] {
      let set = try QuestionSet(contentsOf: try folder.write(bytes, to: name))
      #expect(set.questions.map(\.id) == ["q1"])
    }
  }

  /// What is wrong, the byte that is named, and words of the message.
  private func expectRefusal(
    _ text: String, before mark: String? = nil, _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let path = try folder.write(text, to: "set.json")
    let error = #expect(throws: DatasetError.self, sourceLocation: sourceLocation) {
      try QuestionSet(contentsOf: path)
    }
    guard let error else { return }
    #expect(
      error.code == .invalid && error.file == path, "\(error)", sourceLocation: sourceLocation)
    #expect(!error.description.contains("\n"), "\(error)", sourceLocation: sourceLocation)
    for word in words {
      #expect(error.message.contains(word), "\(error)", sourceLocation: sourceLocation)
    }
    if let mark {
      let place = try #require(text.utf8Range(of: mark), sourceLocation: sourceLocation)
      #expect(error.offset == place, "\(error)", sourceLocation: sourceLocation)
    }
  }

  @Test("An answer that is not where it says is named with what is there and where it is")
  func misplaced() throws {
    let place = "article 1, paragraph 1, question 1 (id q1), answer 1: "
    try expectRefusal(
      file(answers: #"[{"text": "cat", "answer_start": 3}]"#), before: #"{"text""#, place,
      "the answer 'cat' is not at \"answer_start\" 3", "reads ' ca'", "it is at 4")
    try expectRefusal(
      file(answers: #"[{"text": "dog", "answer_start": 4}]"#), place, "reads 'cat'",
      "the context does not have it")
    try expectRefusal(
      file(answers: #"[{"text": "cat", "answer_start": 900}]"#), place, "has 11 characters", "at 4")
    // UTF-16 units are not scalars.
    try expectRefusal(
      file(context: #""😀cat""#, answers: #"[{"text": "cat", "answer_start": 2}]"#), place, "at 1")
    // The second answer of the second question of the second paragraph.
    let good = #"{"text": "b", "answer_start": 1}"#
    try expectRefusal(
      #"""
      {"data": [{"paragraphs": []}, {"paragraphs": [{"context": "", "qas": []}, {"qas": [
      {"id": "x", "question": "", "answers": [\#(good)]},
      {"id": "y\n", "question": "", "answers": [\#(good), {"text": "b", "answer_start": 0}]}], "context": "ab"}]}]}
      """#, before: #"{"text": "b", "answer_start": 0"#,
      "article 2, paragraph 2, question 2 (id y\\n), answer 2: the answer 'b'")
  }

  @Test("What is missing, twice, of another type or against itself is named with its place")
  func members() throws {
    let question = "article 1, paragraph 1, question 1 (id q1): "
    try expectRefusal(#"{"version": "1.1"}"#, before: "{", #""data" is missing"#, "the file")
    try expectRefusal(
      #"{"data": [{"title": "x"}]}"#, before: #"{"title"#, "article 1: ",
      #""paragraphs" is missing"#)
    try expectRefusal(
      #"{"data": [{"paragraphs": [{"qas": []}]}]}"#, before: #"{"qas"#, "article 1, paragraph 1: ",
      #""context" is missing"#)
    try expectRefusal(
      #"{"data": [{"paragraphs": [{"context": ""}]}]}"#, "article 1, paragraph 1: ",
      #""qas" is missing"#)
    try expectRefusal(
      file().replacing(#""id": "q1", "#, with: ""), "article 1, paragraph 1, question 1: ",
      #""id" is missing"#)
    try expectRefusal(file().replacing("question", with: "q"), question, #""question" is missing"#)
    try expectRefusal(file().replacing("answers", with: "a"), question, #""answers" is missing"#)
    try expectRefusal(
      file(answers: #"[{"text": "cat"}]"#), question.replacing(": ", with: ", answer 1: "),
      #""answer_start" is missing"#)
    try expectRefusal(
      file(more: #", "id": "q2""#), question, #""id" appears twice"#)
    try expectRefusal(
      file(id: "7"), before: "7,", "article 1, paragraph 1, question 1: ",
      "a string belongs here, not a number")
    for wrong in ["4.0", "4e0", "\"4\"", "null", "99999999999999999999"] {
      try expectRefusal(
        file(answers: #"[{"text": "cat", "answer_start": \#(wrong)}]"#), before: "\(wrong)}",
        question.replacing(": ", with: ", answer 1: "), "belongs here, not")
    }
    try expectRefusal(
      file(more: #", "is_impossible": 1"#), question, "true or false belongs here, not a number")
    try expectRefusal(
      file(more: #", "is_impossible": true"#), question, "\"is_impossible\" is true but there are")
    try expectRefusal(
      file(answers: "[]"), question, "there is no answer", "\"is_impossible\": true")
    try expectRefusal(
      file(answers: #"[{"text": "", "answer_start": 4}]"#), "answer 1: \"text\" is empty")
    let cat =
      #""context": "cat", "qas": [{"id": "q1", "question": "", "answers": "#
      + #"[{"text": "cat", "answer_start": 0}]}]"#
    try expectRefusal(
      #"{"data": [{"paragraphs": [{\#(cat)}]}, {"paragraphs": [{\#(cat)}]}]}"#,
      "article 2, paragraph 1, question 1 (id q1): ",
      "the id is also that of article 1, paragraph 1, question 1 (id q1)")
    try expectRefusal(#"{"data": []}"#, "the file has no question")
  }

  @Test("JSON that is broken is named with the byte and what is being read")
  func broken() throws {
    let context = "article 1, paragraph 1: "
    try expectRefusal(file(context: #""\ud800""#), before: #"\ud800"#, context, "half a surrogate")
    try expectRefusal(file(context: #""\udc00 x""#), before: #"\udc00"#, "half a surrogate pair")
    try expectRefusal(file(context: #""\ud83dx""#), before: #"\ud83d"#, "half a surrogate pair")
    try expectRefusal(file(context: #""\ud83d\u0041""#), before: #"\ud83d"#, "half a surrogate")
    try expectRefusal(file(context: #""\u12g4""#), before: #"\u12g4"#, "four hexadecimal digits")
    try expectRefusal(file(context: #""\x41""#), before: #"\x41"#, "a backslash and this character")
    try expectRefusal(file(context: "\"a\r\nb\""), before: "\r\nb", "a control character")
    try expectRefusal(file(context: "'a'"), context, "a string belongs here, not '''")
    try expectRefusal(file() + "x", "more follows the end")
    try expectRefusal(file() + "{}", "more follows the end")
    try expectRefusal(String(file().dropLast(3)), "not the end of the file; copy or download it")
    try expectRefusal(file().components(separatedBy: "cat")[0], "a string has no end")
    try expectRefusal(file(more: ","), "a comma is before the end")
    try expectRefusal(file(answers: #"[{"text": "cat", "answer_start": 4},]"#), "a comma is before")
    try expectRefusal(file(more: #" "x": 1"#), "a comma or the end")
    try expectRefusal(file(more: #", "x": 01"#), before: "01", "a needless zero")
    try expectRefusal(file(more: #", "x": nul"#), "null is misspelt")
    try expectRefusal(file(more: #", "x": -"#), "a number belongs here, not")
    let deep = String(repeating: "[", count: 100_000)
    try expectRefusal(file(more: #", "x": \#(deep)"#), "nested more than 64 deep")
  }

  @Test("Files of other kinds are named, and broken UTF-8 with its byte")
  func kinds() throws {
    try expectRefusal("", "an empty file")
    try expectRefusal("id\tanswer\n", "is text that begins with 'id answer'", "format of SQuAD")
    try expectRefusal("[1, 2]", "no object of JSON")
    try expectRefusal("PK\u{3}\u{4}", "a zip archive")
    func expectFault(_ bytes: [UInt8], offset: Int?, _ words: String) throws {
      let path = try folder.write(bytes, to: "bytes.json")
      let error = #expect(throws: DatasetError.self) { try QuestionSet(contentsOf: path) }
      #expect(
        error?.offset == offset && error?.description.contains(words) == true, "\(error as Any)")
    }
    try expectFault(Array("{\"data\": \"x".utf8) + [0xff], offset: 11, "not UTF-8 here")
    try expectFault(gzip(Array("{\"data\": \"x".utf8) + [0xff]), offset: 11, "byte 11 unpacked")
    let wide = Array(file().utf8).flatMap { [$0, 0] as [UInt8] }
    try expectFault(wide, offset: nil, "looks like UTF-16")
    expectError(.missing, "\(folder.path)/none.json", mentions: "no such file") {
      _ = try QuestionSet(contentsOf: "\(folder.path)/none.json")
    }
  }

  /// A folder with the files of SQuADShifts and the English one of XQuAD, as `NAME.json.gz`.
  private static let realFolder = ProcessInfo.processInfo.environment["GMLP_TRAIN_SQUAD"]

  @Test(
    "All answers of SQuADShifts and XQuAD are at their scalar offsets",
    .enabled(
      if: realFolder != nil,
      "needs the files of SQuADShifts and XQuAD: GMLP_TRAIN_SQUAD names their folder"))
  func real() throws {
    let folder = try #require(Self.realFolder)
    let sizes = [
      ("squadshifts_new_wiki", 7_938, 22_794), ("squadshifts_reddit", 9_803, 27_692),
      ("squadshifts_amazon_reviews", 9_885, 27_318), ("xquad.en", 1_190, 1_190),
    ]
    for (name, questions, answers) in sizes {
      let set = try QuestionSet(contentsOf: "\(folder)/\(name).json.gz")
      #expect(set.questions.count == questions)
      #expect(set.questions.reduce(0) { $0 + $1.answers.count } == answers)
    }
  }
}

extension String {
  /// The byte at which `part` first begins.
  fileprivate func utf8Range(of part: String) -> Int? {
    let (bytes, wanted) = (Array(utf8), Array(part.utf8))
    return bytes.indices.first { bytes[$0...].starts(with: wanted) }
  }
}
