import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite("Preparing texts with classes")
struct ClassificationPreparationTests {
  private let folder: TemporaryFolder
  private let vocabulary: String

  init() throws {
    folder = try TemporaryFolder()
    vocabulary = try folder.write(TextFixture.vocabularyFile(), to: "vocab.txt")
  }

  private static let pairs = TableColumns(label: "label", text: "a", pair: "b", group: "a")

  /// Rows of pairs; each third has the text of the one before it.
  private func rows(_ count: Int, seed: Int = 1) -> String {
    let lines = TextFixture.text(lines: 2 * count, seed: seed).split(separator: "\n")
    return "label\ta\tb\n"
      + (0..<count).map {
        "\(["yes", "no"][$0 % 2])\t\(lines[$0 / 3 * 3])\t\(lines[count + $0])\n"
      }.joined()
  }

  private func preparation(
    _ files: [String], _ columns: TableColumns = Self.pairs
  ) -> ClassificationPreparation {
    var preparation = ClassificationPreparation(
      training: files, columns: columns, vocabulary: vocabulary)
    preparation.sequenceLength = 24
    return preparation
  }

  private func samples(_ name: String) throws -> [LabelledSample] {
    let source = try LabelledTextSource(files: ["\(folder.path)/\(name)"])
    #expect(try source.computeDigest() == source.digest)
    return try (0..<source.count).map { try source.sample($0) }
  }

  @Test("Rows become sequences with their class, border and number")
  func packing() throws {
    let text = "label\ta\tb\nno\ta b\tthe\nyes\tthe\t\nno\t \t\nno\t\tc\n"
    let file = try folder.write(text, to: "t.tsv")
    let report = try preparation([file]).run(in: folder.path + "/set")
    #expect(report.classNames == ["no", "yes"])
    let made = try samples("set/train")
    #expect(made.map(\.labels) == [[0], [1], [0]] && made.map(\.example) == [0, 1, 3])
    #expect(made.map(\.border) == [4, 3, 3] && made.map(\.tokenCount) == [6, 3, 3])
    let vocabulary = try TextFixture.vocabulary()
    #expect(
      made.map { vocabulary.decode($0.tokens.prefix($0.tokenCount)) } == [
        "[CLS] a b [SEP] the [SEP]", "[CLS] the [SEP]", "[CLS] c [SEP]",
      ])
    #expect(
      made.allSatisfy {
        $0.tokens.count == 24 && $0.tokens.dropFirst($0.tokenCount).allSatisfy { $0 == 0 }
      })
    let set = try #require(report.sets.first)
    #expect(set.classCounts == [2, 1] && set.truncated == 0 && set.tokens == 5)
    #expect(report.remarks.contains { $0.contains("1 row without text") && $0.contains("line 4") })
    #expect(report.remarks.contains { $0.contains("2 rows with one text of the pair missing") })
  }

  @Test("Rows that repeat, contradict or are in both files are counted and named")
  func remarks() throws {
    let train = try folder.write(
      "label\ta\tb\n1\tx\ty\n0\tx\ty\n1\tx\ty\n1\t\"x\"\tz\n", to: "t.tsv")
    let dev = try folder.write("label\ta\tb\n0\tx\ty\n0\tw\tw\n", to: "d.tsv")
    var preparation = preparation([train])
    preparation.development = [dev]
    let remarks = try preparation.run(in: folder.path + "/set").remarks
    #expect(remarks.contains { $0.contains("another label") && $0.contains("t.tsv, line 3, ") })
    #expect(remarks.contains { $0.contains("2 rows repeating the text") })
    #expect(
      remarks.contains { $0.contains("in the training files too") && $0.contains("d.tsv, line 2") })
    #expect(remarks.contains { $0.contains("between quotes") && $0.contains("line 5") })
    #expect(remarks.contains { $0.contains("all rows have the label '0'") })
    // Classes that are numbers are sorted by value.
    let numbers =
      "label\ta\tb\n" + (0..<60).map { "\($0 % 12)\tx\(["a", "b"][$0 % 2])\ty\n" }.joined()
    let file = try folder.write(numbers, to: "n.tsv")
    let report = try self.preparation([file]).run(in: folder.path + "/numbers")
    #expect(report.classNames == (0..<12).map(String.init))
  }

  @Test("A group is held out as a whole, for any order, other rows and path")
  func holdout() throws {
    let text = rows(300)
    let file = try folder.write(text, to: "t.tsv")
    var preparation = preparation([file])
    preparation.holdout = Holdout(share: 0.25)
    let report = try preparation.run(in: folder.path + "/set")
    #expect(report.sets.map(\.set) == [.train, .holdout])
    let (train, held) = (try samples("set/train"), try samples("set/holdout"))
    #expect(train.count + held.count == 300 && 30..<130 ~= held.count)
    let lines = text.split(separator: "\n").dropFirst().map { $0.split(separator: "\t") }
    let groups = Set(held.map { lines[$0.example][1] })
    #expect(groups.isDisjoint(with: train.map { lines[$0.example][1] }))
    // Reversed, and without every fourth row.
    let others = lines.reversed().enumerated().filter { $0.offset % 4 > 0 }.map(\.element)
    let other = try folder.write(
      "label\ta\tb\n" + others.map { $0.joined(separator: "\t") + "\n" }.joined(), to: "o.tsv")
    preparation.training = [other]
    _ = try preparation.run(in: folder.path + "/other")
    #expect(try samples("other/holdout").allSatisfy { groups.contains(others[$0.example][1]) })
    #expect(try samples("other/train").allSatisfy { !groups.contains(others[$0.example][1]) })
  }

  @Test(
    "The same bytes again, after a killed process too; the digest does not depend on the shards")
  func determinism() throws {
    let file = try folder.write(rows(200), to: "t.tsv")
    var preparation = preparation([file])
    preparation.maximumShardBytes = 1 << 12
    _ = try preparation.run(in: folder.path + "/one")
    let names = try folder.names(in: folder.path + "/one/train")
    #expect(names.count > 4)
    // What a killed process leaves: a shard without a header, and another set.
    for set in ["train", "dev"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/.two.incomplete/\(set)", withIntermediateDirectories: true)
    }
    try folder.write("half a shard", to: ".two.incomplete/train/00000.shard")
    _ = try preparation.run(in: folder.path + "/two")
    #expect(try folder.names(in: folder.path + "/two") == ["train"])
    #expect(try folder.names(in: folder.path + "/two/train") == names)
    for name in names {
      #expect(
        try folder.read("\(folder.path)/one/train/\(name)")
          == folder.read("\(folder.path)/two/train/\(name)"), "\(name)")
    }
    preparation.maximumShardBytes = 1 << 26
    _ = try preparation.run(in: folder.path + "/three")
    let sources = try ["one", "three"].map {
      try LabelledTextSource(files: ["\(folder.path)/\($0)/train"])
    }
    #expect(sources[0].digest == sources[1].digest && sources[1].files.count == 1)
  }

  @Test("A folder is replaced only if that is asked for and it holds sets alone")
  func replacing() throws {
    let file = try folder.write(rows(20), to: "t.tsv")
    let path = folder.path + "/set"
    _ = try preparation([file]).run(in: path)
    expectError(.exists, path, mentions: "--force") { _ = try preparation([file]).run(in: path) }
    _ = try preparation([file]).run(in: path, replacing: true)
    try folder.write("mine", to: "set/train/notes.txt")
    expectError(.exists, path + "/train/notes.txt", mentions: "stays as it is") {
      _ = try preparation([file]).run(in: path, replacing: true)
    }
    #expect(try !folder.names(in: folder.path).contains(".set.incomplete"))
  }

  @Test("What is no set in the hidden folder is named, and stays there")
  func foreignDraft() throws {
    let file = try folder.write(rows(20), to: "t.tsv")
    let hidden = folder.path + "/.set.incomplete"
    try FileManager.default.createDirectory(
      atPath: hidden + "/train", withIntermediateDirectories: true)
    for name in ["notes.txt", "train/00000.shard"] {
      try folder.write("mine", to: ".set.incomplete/\(name)")
    }
    expectError(.exists, hidden + "/notes.txt", mentions: "stays as it is") {
      _ = try preparation([file]).run(in: folder.path + "/set", replacing: true)
    }
    #expect(try folder.names(in: hidden) == ["notes.txt", "train"])
    #expect(try folder.names(in: hidden + "/train") == ["00000.shard"])
  }

  @Test("Labels by name, by number, and those left out")
  func labels() throws {
    let file = try folder.write("label\ta\n1\tx\n0\ty\n-\tz\n", to: "t.tsv")
    var preparation = preparation([file], TableColumns(label: "label", text: "a"))
    preparation.skippedLabels = ["-"]
    preparation.labels = .numbered(["negative", "positive"])
    #expect(try preparation.run(in: folder.path + "/a").classNames == ["negative", "positive"])
    #expect(try samples("a/train").map(\.labels) == [[1], [0]])
    preparation.labels = .listed(["1", "0"])
    _ = try preparation.run(in: folder.path + "/b")
    #expect(try samples("b/train").map(\.labels) == [[0], [1]])
    preparation.labels = .listed(["negative", "positive"])
    expectError(.invalid, file, mentions: "line 2", "'1'", "--label-names") {
      _ = try preparation.run(in: folder.path + "/c")
    }
    preparation.labels = .numbered(["negative", "positive"])
    preparation.skippedLabels = []
    expectError(.invalid, file, mentions: "line 4", "0 to 1", "--skip-label") {
      _ = try preparation.run(in: folder.path + "/c")
    }
    #expect(try !folder.names(in: folder.path).contains("c"))
  }

  @Test("Labels with signs and zeros, of equal letters, that look alike, and blank ones")
  func unusualLabels() throws {
    func prepare(_ labels: [String], _ name: String) throws -> ClassificationReport {
      let rows = labels.enumerated().map { "\($0.element)\tx\($0.offset)\n" }
      let file = try folder.write("label\ta\n" + rows.joined(), to: "\(name).tsv")
      return try preparation([file], TableColumns(label: "label", text: "a"))
        .run(in: "\(folder.path)/\(name)")
    }
    #expect(try prepare(["+1", "-1", "+1", "10"], "signs").classNames == ["-1", "+1", "10"])
    #expect(try samples("signs/train").map(\.labels) == [[1], [0], [1], [2]])
    #expect(try prepare(["02", "10", "01"], "zeros").classNames == ["01", "02", "10"])
    // The second accent is a scalar of its own.
    let accents = try prepare(["\u{e9}", "z", "e\u{301}"], "accents")
    #expect(accents.classNames.count == 2 && accents.sets.first?.classCounts == [1, 2])
    let alike = try prepare(["good", "bad", "Good ", "bad"], "alike")
    #expect(alike.classNames.count == 3)
    #expect(alike.remarks.count { $0.contains("'Good ' and 'good' differ in case") } == 1)
    #expect(try prepare(["good", "bad"], "apart").remarks.isEmpty)
    expectError(.invalid, folder.path + "/some.tsv", mentions: "line 3", "the label is empty") {
      _ = try prepare(["good", "", "bad"], "some")
    }
    expectError(.invalid, folder.path + "/none.tsv", mentions: "'label' is blank in all 2 rows") {
      _ = try prepare(["", " "], "none")
    }
    #expect(try !folder.names(in: folder.path).contains { ["some", "none"].contains($0) })
  }

  @Test(
    "A development set with other labels, one class, and a wrong column are refused before anything is written"
  )
  func faults() throws {
    let names = ["entailment", "neutral", "contradiction"]
    let train = try folder.write(
      "label\ta\n" + names.map { "\($0)\tx\($0)\n" }.joined(), to: "t.tsv")
    let dev = try folder.write(
      "label\ta\nneutral\ty\ncontradictory\tz\ncontradictory\tw\n", to: "d.tsv")
    let columns = TableColumns(label: "label", text: "a")
    var preparation = preparation([train], columns)
    preparation.development = [dev]
    expectError(
      .invalid, dev, mentions: "line 3", "'contradictory'", "the nearest is 'contradiction'",
      "2 rows"
    ) {
      _ = try preparation.run(in: folder.path + "/set")
    }
    let one = try folder.write("label\ta\nx\ty\nx\tz\n", to: "one.tsv")
    expectError(.invalid, one, mentions: "all 2 rows", "nothing to learn") {
      _ = try self.preparation([one], columns).run(in: folder.path + "/set")
    }
    expectError(.invalid, one, mentions: "no column 'text'") {
      _ = try self.preparation([one], TableColumns(label: "label", text: "text"))
        .run(in: folder.path + "/set")
    }
    let texts = try folder.write(
      "label\ta\n" + (0..<50).map { "text \($0)\tx\n" }.joined(), to: "texts.tsv")
    expectError(.invalid, texts, mentions: "50 different labels", "--label") {
      _ = try self.preparation([texts], columns).run(in: folder.path + "/set")
    }
    #expect(try folder.names(in: folder.path).filter { $0.contains("set") }.isEmpty)
  }
}
