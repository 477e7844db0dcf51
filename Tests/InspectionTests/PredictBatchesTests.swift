import Foundation
import RunSupport
import TestSupport
import Testing

/// `predict` with batches of 32 images: 16 a thread on two threads.
@Suite("predict in batches", .timeLimit(.minutes(60)))
struct PredictBatchesTests {
  private static let batch = 32
  /// One more than a batch.
  private static let pictures = (0...batch).map { "set/\(100 + $0).png" }

  private let folder: TemporaryFolder

  init() async throws {
    folder = try await TrainedDigits().folder
    for (number, name) in Self.pictures.enumerated() {
      try folder.write(Self.picture(number), to: name)
    }
  }

  private static func picture(_ number: Int) -> [UInt8] {
    let rows = (0..<8).map { row -> [UInt8] in
      (0..<8).map { column -> UInt8 in UInt8((37 * row + 11 * column + 53 * number) % 256) }
    }
    return png(columns: 8, colourType: 0, rows: rows)
  }

  /// Runs the program on `inputs`, and returns with it the lines of `--output`, which have every bit.
  private func predict(
    _ inputs: [String], _ options: [String] = ["--threads", "2"], exitCode: Int32 = 0
  ) async throws -> (run: MPIRun, lines: [String]) {
    let arguments = ["predict", "--run-dir", "run", "--top", "10", "--output", "out.jsonl"]
    let run = try await MPIRun(
      executable: "gmlp-train", arguments: arguments + options + inputs, ranks: nil,
      directory: folder.path)
    try #require(run.exitCode == exitCode, "\(run)")
    let hidden = try folder.names(in: folder.path).filter { $0.hasPrefix(".out") }
    #expect(hidden.isEmpty, "\(hidden)")
    return (run, try folder.text(of: "out.jsonl").split(separator: "\n").map(String.init))
  }

  /// The lines about all pictures where each is computed alone.
  private func oneByOne() async throws -> [String] {
    let alone = ["--threads", "1", "--set", "train.micro_batch_size=1"]
    return try await predict(Self.pictures, alone).lines
  }

  @Test("A picture gets the same bits in any batch", arguments: [1, batch - 1, batch, batch + 1])
  func counts(count: Int) async throws {
    let inputs = Array(Self.pictures.prefix(count))
    let (run, lines) = try await predict(inputs)
    #expect(try await lines == Array(oneByOne().prefix(count)))
    let printed = run.standardOutput.split(separator: "\n").filter { $0.hasPrefix("set/") }
    #expect(printed.count == count)
    for (line, input) in zip(printed, inputs) { #expect(line.hasPrefix("\(input): ")) }
  }

  @Test("Bad pictures within a batch are named in their order, and the others keep their bits")
  func badPictures() async throws {
    try folder.write(Array(Self.picture(1).dropLast(40)), to: "cut.png")
    try folder.write("a text", to: "text.png")
    var inputs = Self.pictures
    for (place, name) in [(33, "cut.png"), (20, "absent.png"), (5, "text.png"), (5, "cut.png")] {
      inputs.insert(name, at: place)
    }
    let (run, lines) = try await predict(inputs, exitCode: 65)
    #expect(try await lines == oneByOne())
    let told = run.standardError.split(separator: "\n")
    try #require(told.count == 5, "\(run)")
    for (line, name) in zip(told, ["cut.png", "text.png", "absent.png", "cut.png"]) {
      #expect(line.hasPrefix("gmlp-train: \(name)"), "\(run)")
    }
    #expect(told[4].contains("4 of 37 inputs"), "\(run)")
    let printed = run.standardOutput.split(separator: "\n").filter { $0.hasPrefix("set/") }
    #expect(printed.count == Self.pictures.count)
    let json = try await predict(inputs, ["--threads", "2", "--json"], exitCode: 65).run.object()
    let files = (json["predictions"] as? [[String: Any]])?.compactMap { $0["file"] as? String }
    #expect(files == Self.pictures)
    #expect((json["failed"] as? [Any])?.count == 4)
  }

  @Test("Inputs that are all bad still make one JSON object")
  func onlyBadPictures() async throws {
    let inputs = (0..<(2 * Self.batch)).map { "absent-\($0).png" }
    let json = try await predict(inputs, ["--json"], exitCode: 65).run.object()
    #expect((json["predictions"] as? [Any])?.isEmpty == true)
    #expect((json["failed"] as? [[String: String]])?.compactMap { $0["input"] } == inputs)
  }

  @Test("A batch spans folders, archives and files")
  func archive() async throws {
    let entries = Self.pictures.indices.map { TarEntry(Self.pictures[$0], Self.picture($0)) }
    try folder.write(tar(entries), to: "set.tar")
    try folder.write(gzip(Self.picture(0)), to: "picture.gz")
    let lines = try await predict(["set", "set.tar", "picture.gz"]).lines
    let alone = try await oneByOne()
    try #require(lines.count == 2 * alone.count + 1)
    #expect(Array(lines.prefix(alone.count)) == alone)
    let archived = lines[alone.count..<(2 * alone.count)]
    #expect(archived.map { $0.replacing("set.tar:", with: "") } == alone)
    #expect(lines.last?.replacing("picture.gz", with: Self.pictures[0]) == alone[0])
  }

  @Test("Memory does not grow with the number of images")
  func memory() async throws {
    var peaks: [Int] = []
    for count in [2_000, 12_000] {
      let pixels = (0..<(64 * count)).map { (place: Int) -> UInt8 in
        UInt8(truncatingIfNeeded: 7 * place + place / 64)
      }
      try folder.write(
        IDXBytes.images(count, rows: 8, columns: 8, pixels: pixels), to: "images-\(count)")
      let run = try StartedRun(
        executable: "gmlp-train",
        arguments: [
          "predict", "--run-dir", "run", "--threads", "2", "--top", "10", "--json", "--output",
          "out-\(count).jsonl", "images-\(count)",
        ], ranks: nil, directory: folder.path)
      var peak = 0
      while let kilobytes = ProcessTable.privateKilobytes(of: run.processID) {
        peak = max(peak, kilobytes)
        try await Task.sleep(for: .milliseconds(2))
      }
      let ended = try await run.finish()
      #expect(ended.exitCode == 0, "\(ended.standardError)")
      #expect((try ended.object()["predictions"] as? [Any])?.count == count)
      let lines = try folder.text(of: "out-\(count).jsonl").split(separator: "\n")
      #expect(lines.count == count)
      peaks.append(peak)
    }
    // Ten thousand predictions of ten classes are 6 MB as text, and several times that as values.
    #expect(peaks[0] > 1_000 && peaks[1] < peaks[0] + 8_000, "\(peaks) kB")
  }
}
