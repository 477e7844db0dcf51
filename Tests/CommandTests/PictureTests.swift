import Foundation
import RunSupport
import TestSupport
import Testing

/// Training, evaluation and prediction with pictures as people have them.
@Suite("Pictures", .timeLimit(.minutes(60)))
struct PictureTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TrainedColours.folder()
    try folder.write(TrainedColours.configuration, to: "run.toml")
    try folder.write(
      tar(TrainedColours.pictures.map { TarEntry("set/\($0.path)", $0.bytes) }), to: "set.tar")
  }

  /// Trains and returns the digests of weights and data.
  private func train(
    _ name: String, _ settings: [String] = [], ranks: Int? = nil
  ) async throws -> [String?] {
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: ["--config", "run.toml", "--run-dir", name] + settings.flatMap { ["--set", $0] },
      ranks: ranks, environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: folder.path)
    try #require(run.exitCode == 0, "\(run)")
    let metrics = try folder.text(of: "\(name)/metrics.jsonl").split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
    return ["weights_sha256", "dataset_digest"].map { key in
      metrics.compactMap { $0?[key] as? String }.last
    }
  }

  @Test("A folder, the archive of it and shards of either train to the same bits on any workers")
  func sameBits() async throws {
    let first = try await train("one")
    #expect(first.allSatisfy { $0 != nil })
    #expect(try await train("three", ranks: 3) == first)
    #expect(try await train("threads", ["train.threads=2"], ranks: 2) == first)
    let archive = [
      "data.format=tar", #"data.train=["set.tar/set"]"#, #"data.test=["set.tar/set"]"#,
    ]
    #expect(try await train("tar", archive, ranks: 2) == first)
    let prepared = try await command(
      "prepare", "images", "--format", "tar", "--input", "set.tar/set", "--output", "shards",
      "--json", in: folder.path)
    #expect(prepared.exitCode == 0, "\(prepared)")
    let result = try prepared.object()
    #expect(result["dataset_sha256"] as? String == first[1])
    #expect(result["class_names"] as? [String] == ["across", "down"])
    #expect((result["met"] as? [String: Any])?["png"] as? Int == 48)
    let shards = ["data.format=shards", #"data.train=["shards"]"#, #"data.test=["shards"]"#]
    #expect(try await train("shards-run", shards) == first)
    let repacked = try await command(
      "prepare", "--format", "shards", "--input", "shards", "--output", "again", in: folder.path)
    #expect(repacked.exitCode == 0 && repacked.standardOutput.contains(first[1] ?? "-"))
    let shown = try await command("inspect", "again", in: folder.path)
    #expect(shown.exitCode == 0 && shown.standardOutput.contains("2: across, down"), "\(shown)")
  }

  @Test("JPEG files with all of [augment] on train to the same bits on any workers")
  func augmentedJPEG() async throws {
    let fixtures = PackageFolder.url.appending(path: "Tests/DatasetsTests/Fixtures/pictures")
    let names = try FileManager.default.contentsOfDirectory(atPath: fixtures.path)
      .filter { $0.hasSuffix(".jpg") }.sorted()
    try #require(names.count >= 31)
    for (index, name) in names.enumerated() {
      let bytes = Array(try Data(contentsOf: fixtures.appending(path: name)))
      try folder.write(bytes, to: "photos/\(index % 2)/\(name)")
    }
    let settings = [
      #"data.train=["photos"]"#, #"data.test=["photos"]"#, "data.exif_orientation=true",
      "augment.random_resized_crop=true", "augment.interpolation=random",
      "augment.policy=rand-m9-mstd0.5-inc1", "augment.erasing=0.25", "augment.mixup=0.8",
      "augment.cutmix=1.0", "augment.mixing=pair", "augment.repeats=2",
    ]
    let first = try await train("jpeg", settings)
    #expect(first.allSatisfy { $0 != nil })
    for (ranks, threads) in [(1, 2), (2, 1), (3, 2), (5, 1)] {
      let other = try await train(
        "jpeg-\(ranks)-\(threads)", settings + ["train.threads=\(threads)"],
        ranks: ranks == 1 ? nil : ranks)
      #expect(other == first, "\(ranks) ranks × \(threads) threads")
    }
    let ignoring = settings.filter { $0 != "data.exif_orientation=true" }
    #expect(try await train("jpeg-as-stored", ignoring) != first)
  }

  @Test("The run knows the names of the classes; predict takes pictures, folders and archives")
  func predict() async throws {
    _ = try await train("run")
    try folder.write(Array(TrainedColours.pictures[0].bytes.dropLast(40)), to: "odd/a.png")
    try folder.write(TrainedColours.pictures[1].bytes, to: "odd/b.png")
    let run = try await command(
      "predict", "--run-dir", "run", "--json", "set/across/0.png", "set", "set.tar/set/down", "odd",
      in: folder.path)
    #expect(run.exitCode == 65, "\(run)")
    let object = try run.object()
    let predictions = try #require(object["predictions"] as? [[String: Any]])
    #expect(predictions.count == 74)
    let names = predictions.compactMap {
      ($0["classes"] as? [[String: Any]])?.first?["name"] as? String
    }
    #expect(names.count == predictions.count && Set(names).isSubset(of: ["across", "down"]))
    #expect(predictions[49]["file"] as? String == "set.tar:set/down/0.png")
    let failed = try #require(object["failed"] as? [[String: String]])
    #expect(failed.map { $0["input"] } == ["odd/a.png"])
    // What the archive holds is predicted as what the folder holds.
    let inFolder = Dictionary(
      uniqueKeysWithValues: predictions[1..<49].map { ($0["file"] as? String ?? "", $0) })
    for prediction in predictions[49..<73] {
      let file = try #require(prediction["file"] as? String)
      let other = inFolder[file.replacing("set.tar:", with: "")]
      #expect(prediction["classes"] as? NSArray == other?["classes"] as? NSArray)
    }
    let evaluated = try await command("evaluate", "--run-dir", "run", "--json", in: folder.path)
    #expect(try evaluated.object()["samples"] as? Int == 48, "\(evaluated)")
  }

  @Test("Predictions go to a file of CSV or of JSON lines too, without the inputs that failed")
  func predictionFiles() async throws {
    _ = try await train("run")
    try folder.write(Array(TrainedColours.pictures[0].bytes.dropLast(40)), to: "odd/a, b.png")
    try folder.write(TrainedColours.pictures[1].bytes, to: "odd/c, \"d\".png")
    let inputs = ["set/across/0.png", "odd"]
    for name in ["out.csv", "out.jsonl"] {
      let run = try await MPIRun(
        executable: "gmlp-train",
        arguments: ["predict", "--run-dir", "run", "--top", "2", "--json", "--output", name]
          + inputs,
        ranks: nil, directory: folder.path)
      #expect(run.exitCode == 65, "\(run)")
      let predictions = try #require(run.object()["predictions"] as? [[String: Any]])
      #expect(predictions.count == 2)
      let text = try folder.text(of: name)
      if name == "out.jsonl" {
        let lines = try text.split(separator: "\n").map {
          try JSONSerialization.jsonObject(with: Data($0.utf8)) as? NSDictionary
        }
        #expect(lines.count == 2 && lines.allSatisfy { $0 != nil })
        #expect(lines == predictions.map { ($0 as Any) as? NSDictionary })
      } else {
        let lines = text.components(separatedBy: "\r\n")
        #expect(lines.count == 6 && lines[0] == "file,image,rank,class,name,probability")
        #expect(lines[1].hasPrefix("set/across/0.png,,1,") && lines[2].contains(",,2,"))
        #expect(lines[3].hasPrefix("\"odd/c, \"\"d\"\".png\",,1,") && lines[5].isEmpty)
        let classes = try #require(predictions[0]["classes"] as? [[String: Any]])
        let name = try #require(classes[0]["name"] as? String)
        let probability = try #require(classes[0]["probability"] as? Double)
        // JSON is read with an error in the last place.
        let fields = lines[1].split(separator: ",").map(String.init)
        #expect(fields.dropLast().last == name)
        let written = try #require(fields.last.flatMap(Double.init))
        #expect(abs(written - probability) < 1e-15)
      }
    }
    for (name, code, word) in [("out.txt", 64, ".csv or .jsonl"), ("no/out.csv", 74, "no folder")] {
      let run = try await command(
        "predict", "--run-dir", "run", "--output", name, inputs[0], in: folder.path)
      #expect(run.failed(Int32(code), word), "\(run)")
    }
  }

  @Test("Pixels that prepare --decode made train as the pictures do")
  func decoded() async throws {
    let pictures = try await train("pictures")
    let prepared = try await command(
      "prepare", "images", "--format", "folder", "--input", "set", "--output", "pixels", "--decode",
      "--image-size", "8", "--crop-fraction", "0.8", in: folder.path)
    #expect(prepared.exitCode == 0, "\(prepared)")
    let pixels = try await train(
      "pixels-run", ["data.format=shards", #"data.train=["pixels"]"#, #"data.test=["pixels"]"#])
    #expect(pixels[0] == pictures[0] && pixels[1] != pictures[1])
  }

  @Test(
    "Pictures that EXIF turns train as upright ones where that is asked for, and are predicted so")
  func turned() async throws {
    for (path, bytes) in TrainedColours.transposedPictures {
      try folder.write(bytes, to: "turned/\(path)")
    }
    let upright = try await train("upright")
    let sets = [#"data.train=["turned"]"#, #"data.test=["turned"]"#]
    let asked = try await train("asked", sets + ["data.exif_orientation=true"], ranks: 2)
    #expect(asked[0] == upright[0] && asked[1] != upright[1])
    #expect(try await train("ignored", sets)[0] != upright[0])
    var classes: [NSArray] = []
    for (run, set) in [("upright", "set"), ("asked", "turned")] {
      let predicted = try await command(
        "predict", "--run-dir", run, "--json", "\(set)/across/0.png", "\(set)/down/3.png",
        in: folder.path)
      let predictions = try #require(predicted.object()["predictions"] as? [[String: Any]])
      classes += predictions.compactMap { $0["classes"] as? NSArray }
    }
    #expect(classes.count == 4 && classes[0] == classes[2] && classes[1] == classes[3])
    let prepared = try await command(
      "prepare", "images", "--format", "folder", "--input", "turned", "--output", "pixels",
      "--decode",
      "--image-size", "8", "--crop-fraction", "0.8", "--exif-orientation", in: folder.path)
    #expect(prepared.exitCode == 0, "\(prepared)")
    let pixels = ["data.format=shards", #"data.train=["pixels"]"#, #"data.test=["pixels"]"#]
    #expect(try await train("pixels-run", pixels)[0] == upright[0])
    let kept = try await command(
      "prepare", "images", "--format", "folder", "--input", "turned", "--output", "small",
      "--resize",
      "6", in: folder.path)
    #expect(
      kept.exitCode == 0 && kept.standardOutput.contains("48 that EXIF would turn"), "\(kept)")
    let again = try await command(
      "prepare", "--format", "shards", "--input", "small", "--output", "again", in: folder.path)
    #expect(again.standardOutput.contains("48 that EXIF would turn"), "\(again)")
  }

  @Test("The libraries that decode are recorded where pictures are read, and nowhere else")
  func libraries() async throws {
    _ = try await train("pictures")
    let prepared = try await command(
      "prepare", "images", "--format", "folder", "--input", "set", "--output", "pixels", "--decode",
      "--image-size", "8", in: folder.path)
    #expect(prepared.exitCode == 0, "\(prepared)")
    _ = try await train(
      "pixels-run", ["data.format=shards", #"data.train=["pixels"]"#, #"data.test=["pixels"]"#])
    for (run, isThere) in [("pictures", true), ("pixels-run", false)] {
      let state = try folder.text(of: "\(run)/checkpoints/step-0000000006/state.json")
      let metrics = try folder.text(of: "\(run)/metrics.jsonl")
      for text in [state, metrics] {
        #expect(text.contains("libjpeg-turbo ") == isThere, "\(text)")
        #expect(text.contains("libspng ") == isThere && text.contains("libwebp ") == isThere)
      }
      #expect(!metrics.contains("unknown version"), "\(metrics)")
    }
  }

  @Test(
    "Files that are no whole pictures are named, each in one line, and the others are predicted")
  func badPictures() async throws {
    let lines = try await BadPictureTable.lines()
    #expect(lines.count == BadPicture.all.count)
    for (bad, line) in zip(BadPicture.all, lines) {
      #expect(line.hasPrefix("bad/\(bad.file)") && line.contains(bad.word), "\(bad.name): \(line)")
    }
    #expect(Set(BadPicture.all.map(\.file)).count == lines.count)
  }
}
