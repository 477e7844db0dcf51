import Datasets

/// `TextInputReader`: texts and questions that a model is asked about, in each of their formats.
struct InputsReader: FuzzedReader {
  static let name = "inputs"

  let seeds: [FuzzSeed]
  let words = [
    "{", "}", "\"", "\"\"", ",", "\t", "\n", "\r\n", "\n\n", " ", "\u{FEFF}", "null", "\"id\": 3",
    "\"text\"", "\"text_pair\"", "\"question\"", "\"context\"", "\"data\": [", "\\ud83d\\ude00",
    "é", "😀", String(repeating: "[", count: 400), String(repeating: "\t", count: 400),
  ]

  init(in folder: String) throws {
    let texts = [
      ("lines.txt", "one text\r\n{\"premise\": \"a\", \"hypothesis\": \"b\"}\nthe third 😀"),
      (
        "objects.jsonl",
        "{\"text\": \"a\", \"id\": 1}\n\n{\"sentence\": \"b\\n\", \"label\": [0]}\n"
      ),
      ("rows.tsv", "idx\tsentence\tlabel\n0\ta b\t1\n1\tc\t0\n"),
      ("rows.csv", "question,context\r\n\"q, \"\"r\"\"\",\"c\nd\"\r\ns,t\r\n"),
      ("asked.jsonl", "{\"id\": \"x\", \"question\": \"q\", \"context\": \"a 😀 b\"}\n"),
      (
        "squad.json",
        "{\"data\": [{\"paragraphs\": [{\"context\": \"a b\", \"qas\": [{\"id\": \"1\", \"question\": \"q\"}]}]}]}"
      ),
    ]
    seeds = try texts.map { try FuzzSeed(Array($1.utf8), to: "\(folder)/\($0)") }
  }

  func read(_ seed: FuzzSeed) throws {
    let asks = ["rows.csv", "asked.jsonl", "squad.json"].contains { seed.path.hasSuffix($0) }
    let reader = try TextInputReader(file: seed.path, fields: asks ? .questions : .usualTexts)
    var (line, fault): (Int, DatasetError?) = (0, nil)
    while case let inputs = try reader.next(atMost: 2), !inputs.isEmpty {
      for input in inputs {
        guard input.line ?? line >= line else {
          throw FuzzFinding(description: "line \(line) and then \(input)")
        }
        line = input.line ?? line
        switch input.content {
        case .failure(let error): fault = fault ?? error
        case .success(.texts(let text, _)) where asks:
          throw FuzzFinding(description: "'\(text)' is taken for a question")
        case .success: break
        }
      }
    }
    // The others were read all the same.
    if let fault { throw fault }
  }

  func isRefusal(_ error: any Error) -> Bool { isDatasetRefusal(error) }
}
