import TestSupport
import Testing

@testable import Datasets

@Suite("Labels that options of a preparation name, and how many there may be")
struct ClassificationOptionsTests {
  private let folder: TemporaryFolder
  private let vocabulary: String

  init() throws {
    folder = try TemporaryFolder()
    vocabulary = try folder.write(TextFixture.vocabularyFile(), to: "vocab.txt")
  }

  private func preparation(_ file: String) -> ClassificationPreparation {
    var preparation = ClassificationPreparation(
      training: [file], columns: TableColumns(label: "label", text: "a"), vocabulary: vocabulary)
    preparation.sequenceLength = 24
    return preparation
  }

  @Test("A label or a class that an option names and no row has is told, with those that there are")
  func absentLabels() throws {
    let train = try folder.write("label\ta\nno\tx\nyes\ty\n-\tz\n", to: "t.tsv")
    let dev = try folder.write("label\ta\nno\tw\nodd\tv\n", to: "d.tsv")
    var preparation = preparation(train)
    preparation.development = [dev]
    // One label is in the development files alone, the other in none, twice.
    preparation.skippedLabels = ["-", "odd", "yess", "yess"]
    let remarks = try preparation.run(in: folder.path + "/a").remarks
    #expect(
      remarks.filter { $0.contains("--skip-label") } == [
        "--skip-label 'yess': no row has this label; the labels are '-', 'no', 'odd', 'yes' (the nearest is 'yes')"
      ])
    preparation.skippedLabels = ["-", "odd"]
    #expect(
      try preparation.run(in: folder.path + "/b").remarks.allSatisfy { !$0.contains("no row") })
    preparation.labels = .listed(["yes", "no", "maybe"])
    #expect(
      try preparation.run(in: folder.path + "/c").remarks.contains(
        "--labels: no row of the training files is of 'maybe'; their labels are '-', 'no', 'yes'"))
    let numbers = try folder.write("label\ta\n0\tx\n1\ty\n", to: "n.tsv")
    preparation = self.preparation(numbers)
    preparation.labels = .numbered(["no", "yes", "maybe"])
    #expect(
      try preparation.run(in: folder.path + "/d").remarks.contains(
        "--label-names: no row of the training files is of 'maybe'; their labels are '0', '1'"))
  }

  @Test("More classes, or longer names, than shards hold are refused before anything is written")
  func limits() throws {
    let file = try folder.write("label\ta\n0\tx\n1\ty\n", to: "t.tsv")
    var preparation = preparation(file)
    let names = (0...65_536).map(String.init)
    for labels in [LabelChoice.listed(names), .numbered(names)] {
      preparation.labels = labels
      expectError(.invalid, file, mentions: "65537 classes", "65536 at most", "--skip-label") {
        _ = try preparation.run(in: folder.path + "/set")
      }
    }
    let long = String(repeating: "n", count: 65_537)
    let other = try folder.write("label\ta\n\(long)\tx\n1\ty\n", to: "long.tsv")
    expectError(.invalid, other, mentions: "65537 bytes", "65536 at most", "'label'") {
      _ = try self.preparation(other).run(in: folder.path + "/set")
    }
    #expect(try folder.names(in: folder.path).filter { $0.contains("set") }.isEmpty)
    // As many as there may be.
    preparation.labels = .listed(Array(names.dropLast()))
    _ = try preparation.run(in: folder.path + "/most")
    let most = try LabelledTextSource(files: ["\(folder.path)/most/train"])
    #expect(most.classNames?.count == 65_536)
  }
}
