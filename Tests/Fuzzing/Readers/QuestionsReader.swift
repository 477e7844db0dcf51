import Datasets

/// `QuestionSet`: a file of questions in the format of SQuAD.
struct QuestionsReader: FuzzedReader {
  static let name = "questions"

  let seeds: [FuzzSeed]
  let words = [
    "{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\ud83d", "\\ude00", "\\\"", "null", "true",
    "-0",
    "1e9", "9223372036854775808", "\"id\":", "\"answers\": []", "\"is_impossible\": true",
    "\"answer_start\":", "\u{FEFF}", "é", "😀", "\r\n", String(repeating: "[", count: 400),
    String(repeating: "{\"a\":", count: 300),
  ]

  init(in folder: String) throws {
    let text = #"""
      {"version": "v2.0", "data": [{"title": "T\u00e9", "paragraphs": [{"context": "a 😀 cat\r\nsat", "qas": [
      {"id": "1", "question": "Who?", "is_impossible": false, "answers": [{"text": "cat", "answer_start": 4}]},
      {"id": "2", "question": "Why?", "is_impossible": true, "answers": [], "plausible_answers": [{"text": "x"}]}
      ]}]}]}
      """#
    seeds = try [FuzzSeed(Array(text.utf8), to: "\(folder)/questions.json")]
  }

  func read(_ seed: FuzzSeed) throws {
    let set = try QuestionSet(contentsOf: seed.path)
    for paragraph in set.articles.flatMap(\.paragraphs) {
      let scalars = Array(paragraph.context.unicodeScalars)
      for answer in paragraph.questions.flatMap(\.answers) {
        guard answer.start >= 0, answer.range.upperBound <= scalars.count,
          scalars[answer.range].elementsEqual(answer.text.unicodeScalars)
        else { throw FuzzFinding(description: "answer \(answer) is taken") }
      }
    }
    guard Set(set.questions.map(\.id)).count == set.questions.count, !set.questions.isEmpty else {
      throw FuzzFinding(description: "\(set.questions.count) questions share ids")
    }
  }

  func isRefusal(_ error: any Error) -> Bool { isDatasetRefusal(error) }
}
