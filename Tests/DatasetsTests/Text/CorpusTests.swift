import TestSupport
import Testing

@testable import Datasets

@Suite("Documents of a corpus")
struct CorpusTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func lines(
    _ corpus: TextCorpus, from position: TextPosition = TextPosition()
  ) throws -> [TextLine] {
    let reader = try CorpusReader(corpus, from: position)
    var lines: [TextLine] = []
    while let line = try reader.next() { lines.append(line) }
    if position == TextPosition() {
      #expect(try reader.storedBytesRead == corpus.fileBytes().reduce(0, +))
    }
    return lines
  }

  /// Each line as its document and its text.
  private func texts(_ corpus: TextCorpus) throws -> [String] {
    try lines(corpus).map {
      "\($0.position.document) \(String(decoding: $0.bytes, as: UTF8.self))"
    }
  }

  private func files() throws -> [String] {
    [
      try folder.write("\n a\nb\n\n \t\nc\n", to: "1.txt"), try folder.write("d", to: "2.txt"),
      try folder.write(gzip(Array("e\n\n\nf\n\n".utf8)), to: "3.txt.gz"),
    ]
  }

  @Test("A document is a file, or what blank lines separate")
  func documents() throws {
    let files = try files()
    #expect(
      try texts(TextCorpus(files: files)) == ["0  a", "0 b", "0 c", "1 d", "2 e", "2 f"])
    #expect(
      try texts(TextCorpus(files: files, documents: .blankLines))
        == ["0  a", "0 b", "1 c", "2 d", "3 e", "4 f"])
  }

  @Test("Every N-th document is held out, and none is in both parts")
  func holdout() throws {
    let files = try files()
    func texts(_ split: DatasetSplit) throws -> [String] {
      try self.texts(
        TextCorpus(files: files, documents: .blankLines, holdout: 2, split: split))
    }
    #expect(try texts(.train) == ["0  a", "0 b", "2 d", "4 f"])
    #expect(try texts(.test) == ["1 c", "3 e"])
  }

  @Test("A folder means the text files in it")
  func folders() throws {
    let files = try files()
    try folder.write("no text", to: "notes.md")
    #expect(try TextCorpus.files(in: [folder.path, files[1]]) == files + [files[1]])
    let empty = try TemporaryFolder()
    expectError(.missing, empty.path) { _ = try TextCorpus.files(in: [empty.path]) }
  }

  @Test("Hidden files are skipped, suffixes may be capitals, and skipped files are reported")
  func foreignFiles() throws {
    let folder = try TemporaryFolder()
    for name in ["._a.txt", ".#b.txt", ".hidden.txt.gz", "notes.md", "c.csv"] {
      try folder.write("x", to: name)
    }
    let files = try ["A.TXT", "b.Txt.GZ", "c.txt"].map { try folder.write("x", to: $0) }
    var told: [String] = []
    #expect(try TextCorpus.files(in: [folder.path]) { told.append($0) } == files)
    #expect(told.count == 1 && told[0].hasSuffix("c.csv, notes.md"), "\(told)")
    // Named by the user it is meant.
    #expect(
      try TextCorpus.files(in: ["\(folder.path)/._a.txt"]) == ["\(folder.path)/._a.txt"])
  }

  @Test("Empty files are skipped and reported, compressed ones too")
  func emptyFiles() async throws {
    let packed = try TextFixture.xz([])
    let corpus = TextCorpus(files: [
      try folder.write("", to: "0.txt"), try folder.write("a", to: "1.txt"),
      try folder.write(gzip([]), to: "2.txt.gz"), try folder.write(packed, to: "3.txt.xz"),
      try folder.write("b", to: "4.txt"),
    ])
    #expect(try texts(corpus) == ["1 a", "4 b"])
    let line = try #require(try corpus.emptyFiles())
    for name in ["0.txt", "2.txt.gz", "3.txt.xz"] { #expect(line.contains(name)) }
    #expect(!line.contains("1.txt"))
    #expect(try TextCorpus(files: [corpus.files[1]]).emptyFiles() == nil)
  }

  @Test("An index may have CRLF and a byte order mark")
  func indexOfAnotherSystem() throws {
    let text = try folder.write("one\ntwo\n", to: "text")
    let index = try folder.write("\u{FEFF}offset\tbytes\r\n0\t4\r\n4\t4\r\n", to: "index.tsv")
    let corpus = TextCorpus(
      files: [text], documents: .index(try DocumentIndex(contentsOf: index)))
    #expect(try texts(corpus) == ["0 one", "1 two"])
  }

  @Test("An index separates documents, also inside a line, and skips what is between")
  func index() throws {
    let text = try folder.write("title\none\ntwo three\n\nfour\n", to: "text")
    let index = try folder.write(
      "offset\tbytes\tname\n6\t8\tFirst\n14\t5\tSecond\n21\t4\tThird\n", to: "index.tsv")
    let corpus = TextCorpus(
      files: [text], documents: .index(try DocumentIndex(contentsOf: index)))
    #expect(try texts(corpus) == ["0 one", "0 two ", "1 three", "2 four"])
  }

  @Test("Bad indexes are named by their line, and one of a longer text by its end")
  func badIndex() throws {
    let text = try folder.write("one\ntwo\n", to: "text")
    for (content, offset) in [
      ("h\n0\t4\ta\nx\t4\tb\n", 8), ("h\n0\t4\ta\n2\t4\tb\n", 8), ("h\n0\t0\ta\n", 2),
      ("h\n0\n", 2), ("h\n9223372036854775807\t9\ta\n", 2),
    ] {
      let path = try folder.write(content, to: "index.tsv")
      expectError(.invalid, path, offset: offset) { _ = try DocumentIndex(contentsOf: path) }
    }
    let none = try folder.write("offset\tbytes\tname\n", to: "index.tsv")
    expectError(.invalid, none, mentions: "no document") {
      _ = try DocumentIndex(contentsOf: none)
    }
    let long = try folder.write("h\n0\t4\ta\n4\t9\tb\n", to: "index.tsv")
    expectError(.invalid, text, offset: 8, mentions: "byte 13") {
      _ = try texts(
        TextCorpus(files: [text], documents: .index(try DocumentIndex(contentsOf: long))))
    }
  }

  @Test("Reading resumes from any line that was read")
  func fromPosition() throws {
    let files = try files()
    let text = try folder.write(TextFixture.text(lines: 30), to: "text")
    let index = try folder.write("h\n3\t100\ta\n105\t200\tb\n305\t80\tc\n", to: "index.tsv")
    for corpus in [
      TextCorpus(files: files), TextCorpus(files: files, documents: .blankLines),
      TextCorpus(files: files, documents: .blankLines, holdout: 2),
      TextCorpus(files: [text], documents: .index(try DocumentIndex(contentsOf: index))),
    ] {
      let all = try lines(corpus)
      for number in all.indices {
        #expect(try lines(corpus, from: all[number].position) == Array(all[number...]))
      }
    }
  }
}
