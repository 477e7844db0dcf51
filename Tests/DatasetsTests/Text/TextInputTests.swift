import TestSupport
import Testing

@testable import Datasets

@Suite("Inputs of text")
struct TextInputTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func read(
    _ bytes: [UInt8], as name: String = "input", _ fields: TextInputFields = .usualTexts,
    companion: String? = nil, atMost count: Int = 3
  ) throws -> [TextInput] {
    let file = try folder.write(bytes, to: name)
    let reader = try TextInputReader(file: file, fields: fields, companion: companion)
    var inputs: [TextInput] = []
    while case let more = try reader.next(atMost: count), !more.isEmpty {
      #expect(more.count <= count)
      inputs += more
    }
    #expect(inputs.allSatisfy { $0.file == file })
    return inputs
  }

  private func read(
    _ text: String, as name: String = "input", _ fields: TextInputFields = .usualTexts,
    companion: String? = nil
  ) throws -> [TextInput] {
    try read(Array(text.utf8), as: name, fields, companion: companion)
  }

  /// The texts of each input, or the words of its error.
  private func texts(_ inputs: [TextInput]) -> [[String]] {
    inputs.map { input in
      switch input.content {
      case .success(.texts(let text, let pair)): [text] + (pair.map { [$0] } ?? [])
      case .success(.question(let question, let context)): [question, context]
      case .failure(let error): ["!", "\(error)".replacing("\(folder.path)/", with: "")]
      }
    }
  }

  @Test(
    "Plain lines are texts, of any system, with or without a byte order mark and a last line end")
  func plain() throws {
    let inputs = try read("\u{feff}one text\r\ntwo \u{1f600}e\u{301}\n three")
    #expect(texts(inputs) == [["one text"], ["two \u{1f600}e\u{301}"], [" three"]])
    #expect(inputs.map(\.line) == [1, 2, 3] && inputs.allSatisfy { $0.id == nil })
    #expect(texts(try read("a\nb\n", companion: "c")) == [["a", "c"], ["b", "c"]])
    let asked = try read("a b\n", .questions, companion: "Who?")
    #expect(texts(asked) == [["Who?", "a b"]])
    #expect(texts(try read("a b\n", .questions))[0][1].contains("line 1: there is only a context"))
  }

  @Test("Long inputs come a few at a time, however many may come")
  func long() throws {
    let line = String(repeating: "a", count: 600_000)
    let file = try folder.write("\(line)\n\(line)\n\(line)\nb\nc\n", to: "input")
    let reader = try TextInputReader(file: file, fields: .usualTexts)
    var counts: [Int] = []
    while case let more = try reader.next(atMost: 10), !more.isEmpty { counts.append(more.count) }
    #expect(counts == [2, 3])
  }

  @Test("A line that is not text is a fault of that line only")
  func faults() throws {
    let bytes =
      Array("a\n".utf8) + [0xc3, 0x28, 0x0a] + Array("b\n\n \t\nc\0d\n".utf8)
      + [0x65, 0xe2, 0x82]
    let inputs = try read(bytes)
    #expect(inputs.map(\.line) == [1, 2, 3, 4, 5, 6, 7])
    let found = texts(inputs)
    #expect(found[0] == ["a"] && found[2] == ["b"])
    #expect(found[1][1].hasPrefix("input, line 2: the text is not UTF-8 from byte 0"))
    #expect(found[3][1] == "input, line 4: the text is empty; leave it out, or write one")
    #expect(found[4][1].hasPrefix("input, line 5: the text is empty"))
    #expect(found[5][1].hasPrefix("input, line 6: there is a zero byte"))
    #expect(found[6][1].hasPrefix("input, line 7: the text is not UTF-8 from byte 1"))
  }

  @Test("A line of more than any text has is skipped")
  func tooLong() throws {
    let line = [UInt8](repeating: 0x61, count: InputLines.longestLine + 300_000)
    let inputs = try read(Array("a\n".utf8) + line + Array("\nb\n".utf8))
    let found = texts(inputs)
    #expect(found.count == 3 && found[0] == ["a"] && found[2] == ["b"])
    #expect(found[1][1].hasPrefix("input, line 2: the line is longer than"))
  }

  @Test(
    "JSON has the names of GLUE and of pipelines; null is nothing, and other keys do not matter")
  func objects() throws {
    let inputs = try read(
      """
      {"sentence": "a", "label": 1, "idx": 7}
      {"text": "a", "text_pair": "b", "id": "x"}
      {"text": "a", "text_pair": null}
      {"premise": "a", "hypothesis": "\\ud83d\\ude00", "text": "c"}
      {"question": "a", "sentence": "b"}
      {"sentence1": "a", "sentence2": ""}
      """)
    #expect(
      texts(inputs) == [["a"], ["a", "b"], ["a"], ["a", "\u{1f600}"], ["a", "b"], ["a", ""]])
    #expect(inputs.map(\.id) == ["7", "x", nil, nil, nil, nil])
    let named = try read(
      "{\"body\": \"a\", \"title\": \"b\", \"text\": \"c\"}\n", .texts("body", pair: "title"))
    #expect(texts(named) == [["a", "b"]])
    let questions = try read(
      "{\"id\": 3, \"question\": \"q\", \"context\": \"\\ufeffc\\r\\n\"}\n", .questions)
    #expect(texts(questions) == [["q", "\u{feff}c\r\n"]] && questions.map(\.id) == ["3"])
    // A file called .jsonl has nothing else, and its blank lines are none.
    let strict = try read("{\"text\": \"a\"}\n\n \r\nb\n", as: "a.jsonl")
    #expect(strict.map(\.line) == [1, 4] && texts(strict)[0] == ["a"])
    #expect(texts(strict)[1][1].contains("an object belongs here"))
  }

  @Test("An object that is broken, or lacks a text, is a fault of its line")
  func brokenObjects() throws {
    let found = texts(
      try read(
        """
        {"text": "a"
        {"body": "a"}
        {"text": ["a"]}
        {"text": "a", "text": "b"}
        {"text": "a"} {}
        {"text": "b"}
        """, as: "a.jsonl"))
    #expect(found.dropLast().allSatisfy { $0[0] == "!" } && found.last == ["b"])
    #expect(found[0][1].hasPrefix("a.jsonl, line 1: column 13 of the JSON: "))
    #expect(found[1][1].contains("its keys are body: name one with --text"))
    #expect(found[2][1].contains("a text or a whole number belongs here"))
    #expect(found[3][1].contains("\"text\" appears twice"))
    #expect(found[4][1].contains("more follows the end of the JSON"))
    let question = texts(try read("{\"question\": \"q\"}\n{}\n", .questions))
    #expect(question[0][1].contains("line 1: has no key 'context'; its keys are question"))
    #expect(question[1][1].contains("has no key 'question'; its keys are none"))
  }

  @Test("Tables have a first line with names; rows that cannot be used are faults of their own")
  func tables() throws {
    let tsv = "idx\tsentence\tlabel\r\n0\t\"a\"\t1\r\n\r\n1\tb\n2\t\t0\n3\tc\t1\n"
    for name in ["a.tsv", "plain", "a.txt"] {
      let inputs = try read("\u{feff}" + tsv, as: name)
      let found = texts(inputs)
      #expect(inputs.map(\.line) == [2, 4, 5, 6] && inputs.map(\.id) == ["0", nil, "2", "3"])
      #expect(found[0] == ["\"a\""] && found[3] == ["c"])
      #expect(found[1][1] == "\(name), line 4: has 2 fields but the first line has 3")
      #expect(found[2][1].contains("line 5: the text is empty"))
    }
    let csv = try read(
      "premise,hypothesis,id\n\"a, \"\"b\"\"\",\"c\nd\",x\ne,f\"\",y\ng,h,z\n", as: "a.csv")
    #expect(csv.map(\.line) == [2, 4, 5] && csv.map(\.id) == ["x", nil, "z"])
    #expect(texts(csv)[0] == ["a, \"b\"", "c\nd"] && texts(csv)[2] == ["g", "h"])
    let questions = try read("question\tcontext\nq\tc c\n", .questions)
    #expect(texts(questions) == [["q", "c c"]])
    // Tabs alone make no table.
    #expect(texts(try read("a\tb\nc\td\n")) == [["a\tb"], ["c\td"]])
  }

  @Test("A file without a column, of another kind, empty or missing is refused as a whole")
  func wholeFiles() throws {
    func error(_ text: String, _ name: String, _ fields: TextInputFields = .usualTexts) -> String {
      #expect(throws: DatasetError.self) { try read(text, as: name, fields) }
      do {
        _ = try read(text, as: name, fields)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(error("body\tlabel\na\t1\n", "a.tsv").contains("a.tsv, line 1: has no column called"))
    #expect(error("question\tbody\na\tb\n", "b.tsv", .questions).contains("no column 'context'"))
    #expect(error("text,text\na,b\n", "c.csv").contains("several columns are called 'text'"))
    #expect(error("\n \n", "d.tsv").contains("only blank lines"))
    #expect(error("", "e.txt").contains("the file is empty"))
    #expect(throws: DatasetError.self) {
      try TextInputReader(file: "\(folder.path)/none", fields: .usualTexts)
    }
    #expect(throws: DatasetError.self) {
      try read([0x89] + Array("PNG\r\n".utf8) + [0x1a, 0x0a], as: "picture.txt")
    }
    let packed = try read(gzip(Array("a\nb\n".utf8)), as: "a.txt.gz")
    #expect(texts(packed) == [["a"], ["b"]])
  }

  @Test("A file of SQuAD gives all questions, with or without answers")
  func squad() throws {
    let text = """
      {
        "version": "v2.0",
        "data": [{"title": "t", "paragraphs": [{"context": "a 😀 b", "qas": [
          {"id": "1", "question": "q", "answers": [{"text": "wrong", "answer_start": 99}]},
          {"id": "2", "question": "r"}, {"id": "3", "question": " "}]}]}]
      }
      """
    let inputs = try read(text, as: "dev.json", .questions)
    #expect(inputs.map(\.id) == ["1", "2", "3"] && inputs.allSatisfy { $0.line == nil })
    #expect(texts(inputs)[0] == ["q", "a 😀 b"] && texts(inputs)[1] == ["r", "a 😀 b"])
    #expect(texts(inputs)[2][1].contains("dev.json, question 3: the question is empty"))
    // Objects of JSON in a file of the same ending are told apart, however long the first is.
    let long = String(repeating: "é", count: 70_000)
    let lines = try read(
      "{\"context\": \"\(long)\", \"question\": \"q\"}\n", as: "dev.json", .questions)
    #expect(texts(lines) == [["q", long]])
  }

  @Test("Arguments are texts or JSON, and paths where something is or its ending says so")
  func arguments() throws {
    func texts(_ argument: String, _ fields: TextInputFields = .usualTexts) -> [String] {
      self.texts([TextInput(argument: argument, number: 2, fields: fields)])[0]
    }
    #expect(texts("a b") == ["a b"])
    #expect(texts("{\"premise\": \"a\", \"hypothesis\": \"b\"}") == ["a", "b"])
    #expect(texts("{a")[1].hasPrefix("argument 2: column 2 of the JSON: "))
    #expect(texts(" ")[1] == "argument 2: the text is empty; leave it out, or write one")
    #expect(texts("a", .questions)[1].hasPrefix("argument 2: there is only a context"))
    for word in [folder.path, "none.tsv", "none.CSV.gz", "none.txt", "a/none.jsonl"] {
      #expect(TextInputReader.isPath(word), "\(word)")
    }
    for text in ["none", "I read none.txt", "Wow.", "notes.pdf"] {
      #expect(!TextInputReader.isPath(text), "\(text)")
    }
  }
}
