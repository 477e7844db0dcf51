import Configuration
import Foundation
import Imaging
import Inspection
import Reporting
import Scoring
import TestSupport
import Testing

/// Tables and pictures of what an evaluation found by class.
@Suite("Tables of classes")
struct ClassTablesTests {
  /// Class 0 has four samples, class 1 none, class 2 three.
  private static let confusion: ConfusionCounts = {
    var confusion = ConfusionCounts(classes: 3)
    confusion.add(label: 0, predicted: 0, times: 3)
    confusion.add(label: 0, predicted: 2)
    confusion.add(label: 2, predicted: 1, times: 3)
    return confusion
  }()

  @Test(
    "Rows are true classes; names with commas, quotes and line ends are quoted as RFC 4180 says")
  func matrix() {
    let classes = ClassResult.all(Self.confusion, names: ["cat, tame", "a \"dog\"", "two\nlines"])
    let text = String(decoding: ClassTables.confusion(Self.confusion, classes), as: UTF8.self)
    #expect(
      text == "true class,\"cat, tame\",\"a \"\"dog\"\"\",\"two\nlines\"\r\n"
        + "\"cat, tame\",3,0,1\r\n\"a \"\"dog\"\"\",0,0,0\r\n\"two\nlines\",0,3,0\r\n")
  }

  @Test("Classes without a name have their number")
  func numbers() {
    let classes = ClassResult.all(Self.confusion, names: ["cat"])
    let text = String(decoding: ClassTables.confusion(Self.confusion, classes), as: UTF8.self)
    #expect(text == "true class,cat,1,2\r\ncat,3,0,1\r\n1,0,0,0\r\n2,0,3,0\r\n")
  }

  @Test("A line for each class, empty where something does not apply")
  func perClass() {
    let classes = ClassResult.all(Self.confusion, names: ["cat"])
    let lines = String(decoding: ClassTables.perClass(classes), as: UTF8.self)
      .components(separatedBy: "\r\n")
    #expect(
      lines == [
        "class,name,samples,correct,accuracy,predicted,mistaken_for,mistaken_count",
        "0,cat,4,3,0.75,3,2,1", "1,,0,0,,3,,", "2,,3,0,0.0,1,1,3", "",
      ])
  }

  @Test("The worst classes come first, of equal ones the lower number; none without samples counts")
  func worst() {
    var confusion = ConfusionCounts(classes: 5)
    for (label, correct, wrong) in [(0, 1, 2), (1, 2, 4), (2, 0, 1), (4, 5, 0)] {
      if correct > 0 { confusion.add(label: label, predicted: label, times: correct) }
      if wrong > 0 { confusion.add(label: label, predicted: 3, times: wrong) }
    }
    let classes = ClassResult.all(confusion, names: nil)
    #expect(ClassResult.worst(10, of: classes).map(\.label) == [2, 0, 1, 4])
    #expect(ClassResult.worst(2, of: classes).map(\.label) == [2, 0])
    #expect(ClassResult.macroAccuracy(classes) == (1.0 / 3 + 2.0 / 6 + 0 + 1) / 4)
  }

  @Test("A cell is the darker the larger its share of the row", arguments: [3, 10, 100, 1_000])
  func picture(classes: Int) {
    var confusion = ConfusionCounts(classes: classes)
    for label in 0..<classes - 1 {
      confusion.add(label: label, predicted: label, times: 99)
      confusion.add(label: label, predicted: 0)
    }
    let image = ConfusionPicture(confusion).image
    // Some five hundred to two thousand pixels, or as many as the cells of few classes need.
    #expect((100...2_200).contains(image.rows) && image.columns >= image.rows - 40)
    let cell = max(2, min(48, 1_000 / classes))
    /// The colour of the corner of a cell, where no number is.
    func colour(_ label: Int, _ predicted: Int) -> [UInt8] {
      let row = image.rows - 4 - (classes - label) * cell
      let column = image.columns - 4 - (classes - predicted) * cell
      let start = 3 * (row * image.columns + column)
      return Array(image.bytes[start..<start + 3])
    }
    if classes > 3 {
      #expect(colour(1, 1)[0] < colour(1, 0)[0] && colour(1, 0)[0] < 255)
      #expect(colour(1, 2) == [255, 255, 255])
      #expect(colour(2, 2) == colour(1, 1) && colour(2, 0) == colour(1, 0))
    }
    // The last class has no samples.
    #expect(colour(classes - 1, classes - 1) == [225, 225, 225])
    #expect(colour(classes - 1, 0) == [225, 225, 225])
  }

  @Test("A file is refused before the work where it cannot be written, and replaced in one piece")
  func resultFile() throws {
    let folder = try TemporaryFolder()
    try folder.write("former", to: "table.csv")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/folder.csv", withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/link.csv", withDestinationPath: "table.csv")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/circle.csv", withDestinationPath: "circle.csv")
    for (name, words) in [
      ("no/table.csv", "there is no folder"), ("table.csv/table.csv", "Not a directory"),
      ("folder.csv", "something that is not a file"),
      ("circle.csv", "Too many levels of symbolic links"),
    ] {
      let error = #expect(throws: CommandError.self) { try ResultFile("\(folder.path)/\(name)") }
      #expect(error?.exitCode == 74 && error?.description.contains(words) == true, "\(name)")
    }
    let file = try ResultFile("\(folder.path)/link.csv")
    #expect(try folder.text(of: "table.csv") == "former", "nothing is written yet")
    try file.write(Array("new".utf8))
    #expect(try folder.text(of: "table.csv") == "new")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder.path)/link.csv")
        == "table.csv")
    #expect(
      try folder.names(in: folder.path) == ["circle.csv", "folder.csv", "link.csv", "table.csv"])
  }
}
