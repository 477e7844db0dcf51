import Foundation
import TestSupport
import Testing

@Suite("predict", .timeLimit(.minutes(5)))
struct PredictTests {
  /// 64 grey pixels in row-major order.
  private static let pixels = (0..<64).map { UInt8(($0 * 37 + 11) % 256) }

  /// The same pixels as a PNG of 8×8, made with Python's zlib.
  private static let picture = """
    iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAU0lEQVR42gFIALf/AAswVXqfxOkOADNYfaLH7BE2AFuA\
    pcrvFDleAIOozfIXPGGGAKvQ9Ro/ZImuANP4HUJnjLHWAPsgRWqPtNn+ACNIbZK33AEmZPQgIeraxpoAAAAASUVORK5C\
    YII=
    """

  private static func idx(_ images: [[UInt8]], rows: Int = 8) -> [UInt8] {
    IDXBytes.images(images.count, rows: rows, columns: 8, pixels: images.flatMap { $0 })
  }

  @Test("A picture and an IDX file of the same pixels get the same probabilities")
  func sameAnswers() async throws {
    let digits = try await TrainedDigits()
    let folder = digits.folder
    try folder.write(
      Array(try #require(Data(base64Encoded: Self.picture))), to: "picture.png")
    // More images than a micro-batch holds, the picture's pixels last.
    let others = Array(repeating: [UInt8](repeating: 7, count: 64), count: 20)
    try folder.write(Self.idx(others + [Self.pixels]), to: "images-idx3-ubyte")
    let run = try await command(
      "predict", "--run-dir", "run", "--top", "20", "--json", "picture.png", "images-idx3-ubyte",
      in: folder.path)
    #expect(run.exitCode == 0, "\(run.standardError)")
    let predictions = try #require(try run.object()["predictions"] as? [[String: Any]])
    #expect(predictions.count == 22)
    let first = try Self.probabilities(predictions[0])
    #expect(predictions[0]["image"] == nil && predictions[21]["image"] as? Int == 20)
    #expect(try Self.probabilities(predictions[21]) == first)
    #expect(try Self.probabilities(predictions[1]) != first)
    #expect(Set(first.keys) == Set(0..<10), "all ten classes, and no more than there are")
    #expect(abs(first.values.reduce(0, +) - 1) < 1e-9)
    let classes = try #require(predictions[0]["classes"] as? [[String: Any]])
    let order = classes.compactMap { $0["probability"] as? Double }
    #expect(order == order.sorted(by: >))
  }

  @Test("Names come from a file, one a class")
  func names() async throws {
    let digits = try await TrainedDigits()
    let folder = digits.folder
    try folder.write(Self.idx([Self.pixels]), to: "images")
    let names = (0..<10).map { "digit-\($0)" }
    try folder.write(names.joined(separator: "\n") + "\n\n", to: "names.txt")
    let run = try await command(
      "predict", "--run-dir", "run", "--class-names", "names.txt", "--top", "2", "images",
      in: folder.path)
    #expect(run.exitCode == 0, "\(run.standardError)")
    #expect(run.standardOutput.contains(/images\[0\]: digit-\d \d+\.\d\d %, digit-\d \d+\.\d\d %/))
    try folder.write("only\nthree\nnames\n", to: "names.txt")
    let few = try await command(
      "predict", "--run-dir", "run", "--class-names", "names.txt", "images", in: folder.path)
    #expect(few.failed(65, "3 names", "10 classes"), "\(few)")
  }

  @Test("Images that cannot be used are named before anything is predicted")
  func wrongImages() async throws {
    let digits = try await TrainedDigits()
    let folder = digits.folder
    try folder.write(Self.idx([Self.pixels]), to: "good")
    try folder.write(Self.idx([Self.pixels + Self.pixels], rows: 16), to: "tall")
    try folder.write("a text", to: "text.png")
    for (name, words) in [
      ("tall", "images are 16×8 pixels"), ("text.png", "neither a PNG picture nor an IDX file"),
      ("absent", "no such file"), (".", "is not a file"),
    ] {
      let run = try await command(
        "predict", "--run-dir", "run", "good", name, in: folder.path)
      #expect(run.failed(65, name, words), "\(run)")
      #expect(run.standardOutput.isEmpty)
    }
    let none = try await command("predict", "--run-dir", "run", in: folder.path)
    #expect(none.failed(64, "inputs"), "\(none)")
    let zero = try await command("predict", "--top", "0", "good", in: folder.path)
    #expect(zero.failed(64, "--top 0"), "\(zero)")
  }

  private static func probabilities(_ prediction: [String: Any]) throws -> [Int: Double] {
    let classes = try #require(prediction["classes"] as? [[String: Any]])
    return try Dictionary(
      uniqueKeysWithValues: classes.map {
        (try #require($0["class"] as? Int), try #require($0["probability"] as? Double))
      })
  }
}
