import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("predict", .timeLimit(.minutes(60)))
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
    try #require(predictions.count == 22)
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

  @Test("Threads share the images and change no bit", arguments: [1, 2, 3, 40])
  func threads(count: Int) async throws {
    let digits = try await TrainedDigits()
    let images: [[UInt8]] = (0..<37).map { image in
      (0..<64).map { (pixel: Int) -> UInt8 in UInt8((pixel * 37 + image * 11) % 256) }
    }
    try digits.folder.write(Self.idx(images), to: "images")
    func predict(_ arguments: String...) async throws -> String {
      let run = try await MPIRun(
        executable: "gmlp-train",
        arguments: ["predict", "--run-dir", "run", "--top", "10", "--json", "images"] + arguments,
        ranks: nil, directory: digits.folder.path)
      #expect(run.exitCode == 0, "\(run)")
      return run.standardOutput
    }
    #expect(try await predict("--threads", "\(count)") == predict())
  }

  @Test("Threads multiply together for a single image, and change no bit")
  func singleImage() async throws {
    let folder = try TemporaryFolder()
    // So wide that its products are shared.
    let trained = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "--config", PackageFolder.url.appending(path: "configs/digits.toml").path, "--run-dir",
        "run", "--stop-after", "1", "--set", "train.products=portable", "--set",
        "model.d_model=256", "--set", "model.d_ffn=1024", "--set", "model.num_layers=1",
      ], ranks: nil, directory: folder.path)
    #expect(trained.exitCode == 75, "\(trained)")
    try folder.write(Self.idx([Self.pixels]), to: "image")
    func predict(threads: Int) async throws -> String {
      let run = try await command(
        "predict", "--run-dir", "run", "--top", "10", "--json", "image", "--threads", "\(threads)",
        in: folder.path)
      #expect(run.exitCode == 0, "\(run)")
      return run.standardOutput
    }
    #expect(try await predict(threads: 3) == predict(threads: 1))
  }

  @Test("Class names come from a file, one per line")
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
    for ending in ["\r\n", "\r"] {
      try folder.write("\u{FEFF}" + names.joined(separator: ending) + ending, to: "other.txt")
      let other = try await command(
        "predict", "--run-dir", "run", "--class-names", "other.txt", "--top", "2", "images",
        in: folder.path)
      #expect(other.standardOutput == run.standardOutput, "\(other)")
    }
    try folder.write("only\nthree\nnames\n", to: "names.txt")
    let few = try await command(
      "predict", "--run-dir", "run", "--class-names", "names.txt", "images", in: folder.path)
    #expect(few.failed(65, "3 names", "10 classes"), "\(few)")
    try folder.remove("\(folder.path)/names.txt")
    #expect(unsafe mkfifo("\(folder.path)/names.txt", 0o644) == 0)
    let pipe = try await command(
      "predict", "--run-dir", "run", "--class-names", "names.txt", "images", in: folder.path)
    #expect(pipe.failed(65, "names.txt", "no file"), "\(pipe)")
    try folder.write(names.joined(separator: "\n").utf8.flatMap { [$0, 0] }, to: "wide.txt")
    let wide = try await command(
      "predict", "--run-dir", "run", "--class-names", "wide.txt", "images", in: folder.path)
    #expect(wide.failed(65, "wide.txt", "looks like UTF-16"), "\(wide)")
  }

  @Test("Images that cannot be used are named, and the others are predicted")
  func wrongImages() async throws {
    let digits = try await TrainedDigits()
    let folder = digits.folder
    try folder.write(Self.idx([Self.pixels]), to: "good")
    try folder.write(Self.idx([Self.pixels + Self.pixels], rows: 16), to: "tall")
    try folder.write("a text", to: "text.png")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/empty", withIntermediateDirectories: true)
    for (name, words) in [
      ("tall", "images are 16×8 pixels"), ("text.png", "neither a picture"),
      ("absent", "no such file"), ("empty", "no .shard file and no picture"),
    ] {
      let alone = try await command("predict", "--run-dir", "run", name, in: folder.path)
      #expect(alone.failed(65, name, words), "\(alone)")
      let run = try await command(
        "predict", "--run-dir", "run", "good", name, "good", "absent.png", in: folder.path)
      #expect(run.exitCode == 65)
      let lines = run.standardError.split(separator: "\n")
      #expect(lines.count == 3 && lines[0].contains(name) && lines[0].contains(words), "\(run)")
      #expect(lines.last?.contains("2 of 4 inputs") == true, "\(run)")
      #expect(run.standardOutput.components(separatedBy: "good[0]: ").count == 3, "\(run)")
    }
    let json = try await command(
      "predict", "--run-dir", "run", "--json", "absent", "", "good", in: folder.path)
    let failed = try #require(try json.object()["failed"] as? [[String: String]])
    #expect(json.exitCode == 65 && failed.map { $0["input"] } == ["absent", ""], "\(json)")
    let none = try await command("predict", "--run-dir", "run", in: folder.path)
    #expect(none.failed(64, "inputs"), "\(none)")
    let zero = try await command("predict", "--top", "0", "good", in: folder.path)
    #expect(zero.failed(64, "--top 0"), "\(zero)")
  }

  @Test("It reads the training formats: IDX, shards and their folder, CIFAR-10")
  func formats() async throws {
    let digits = try await TrainedDigits()
    let folder = digits.folder
    let others = (0..<8).map { [UInt8](repeating: UInt8($0), count: 64) }
    try folder.write(Self.idx([Self.pixels] + others), to: "images")
    try folder.write(gzip(Self.idx([Self.pixels] + others)), to: "images.gz")
    try folder.write(IDXBytes.labels([UInt8](repeating: 3, count: 9)), to: "labels")
    let prepared = try await command(
      "prepare", "--format", "idx", "--input", "images", "labels", "--output", "set",
      in: folder.path)
    #expect(prepared.exitCode == 0, "\(prepared)")
    let shard = "set/00000-of-00001.shard"
    let run = try await command(
      "predict", "--run-dir", "run", "--json", "images", "images.gz", "set", shard, in: folder.path)
    #expect(run.exitCode == 0, "\(run)")
    let predictions = try #require(try run.object()["predictions"] as? [[String: Any]])
    #expect(predictions.count == 4 * 9)
    #expect(predictions[9 * 2]["file"] as? String == shard)
    for image in 0..<9 {
      let first = try Self.probabilities(predictions[image])
      for copy in 1..<4 { #expect(try Self.probabilities(predictions[9 * copy + image]) == first) }
    }
    // Labels are no images, and a damaged shard is told as such.
    var damaged = try folder.read("\(folder.path)/\(shard)")
    damaged[200] ^= 1
    try folder.write(damaged, to: "damaged.shard")
    for (name, words) in [("labels", "an IDX file of labels"), ("damaged.shard", "SHA-256")] {
      let bad = try await command("predict", "--run-dir", "run", name, in: folder.path)
      #expect(bad.failed(65, name, words), "\(bad)")
    }
  }

  @Test("A 32×32 colour model reads CIFAR-10's binary version")
  func cifar() async throws {
    let folder = try TemporaryFolder()
    let records = (0..<20).flatMap { record in
      [UInt8(record % 10)] + (0..<3072).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ record) }
    }
    try folder.write(records, to: "batch.bin")
    try folder.write(gzip(records), to: "batch.bin.gz")
    let configuration = """
      [model]
      image_size = [32, 32]
      patch_size = [16, 16]
      channels = 3
      d_model = 8
      d_ffn = 16
      num_layers = 1
      [data]
      format = "cifar10"
      train = ["batch.bin"]
      test = ["batch.bin"]
      [train]
      steps = 1
      global_batch_size = 4
      micro_batch_size = 4
      [schedule]
      warmup_steps = 0
      """
    try folder.write(configuration, to: "run.toml")
    let trained = try await command("--config", "run.toml", "--run-dir", "run", in: folder.path)
    #expect(trained.exitCode == 0, "\(trained)")
    let run = try await command(
      "predict", "--run-dir", "run", "--json", "batch.bin", "batch.bin.gz", in: folder.path)
    #expect(run.exitCode == 0, "\(run)")
    #expect((try run.object()["predictions"] as? [Any])?.count == 40)
    try folder.write(Array(records.dropLast()), to: "cut.bin")
    let cut = try await command("predict", "--run-dir", "run", "cut.bin", in: folder.path)
    #expect(cut.failed(65, "cut.bin"), "\(cut)")
  }

  private static func probabilities(_ prediction: [String: Any]) throws -> [Int: Double] {
    let classes = try #require(prediction["classes"] as? [[String: Any]])
    return try Dictionary(
      uniqueKeysWithValues: classes.map {
        (try #require($0["class"] as? Int), try #require($0["probability"] as? Double))
      })
  }
}
