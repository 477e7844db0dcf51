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

  private func write(_ name: String, _ bytes: [UInt8]) throws {
    let file = URL(filePath: "\(folder.path)/\(name)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
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

  @Test("The run knows the names of the classes; predict takes pictures, folders and archives")
  func predict() async throws {
    _ = try await train("run")
    try write("odd/a.png", Array(TrainedColours.pictures[0].bytes.dropLast(40)))
    try write("odd/b.png", TrainedColours.pictures[1].bytes)
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
    for (path, bytes) in TrainedColours.transposedPictures { try write("turned/\(path)", bytes) }
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

  @Test("A picture that is cut off stops prepare and training with its name, or is left out")
  func cut() async throws {
    try write("set/across/3.png", Array(TrainedColours.pictures[6].bytes.dropLast(40)))
    let arguments = [
      "prepare", "images", "--format", "folder", "--input", "set", "--output", "out",
    ]
    func prepare(_ more: String...) async throws -> MPIRun {
      try await MPIRun(
        executable: "gmlp-train", arguments: arguments + more, ranks: nil, directory: folder.path)
    }
    let stopped = try await prepare()
    #expect(stopped.failed(65, "set/across/3.png", "not a whole PNG file"), "\(stopped)")
    let skipped = try await prepare("--skip-unreadable", "--resize", "11")
    #expect(skipped.exitCode == 0 && skipped.complaints.count == 1, "\(skipped)")
    #expect(skipped.standardError.contains("left out: set/across/3.png: not a whole PNG file"))
    #expect(skipped.standardOutput.contains("47 pictures"), "\(skipped)")
    #expect(skipped.standardOutput.contains("re-encoded as JPEG at quality 95"), "\(skipped)")
    let run = try await command(
      "--config", "run.toml", "--run-dir", "run", ranks: 2, in: folder.path)
    #expect(run.exitCode == 65 && run.standardError.contains("set/across/3.png"), "\(run)")
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

  @Test(
    "A signal before the first shard is full ends prepare, which leaves nothing",
    arguments: [SIGTERM, SIGINT, SIGHUP])
  func interrupted(signal: Int32) async throws {
    let row = [UInt8](repeating: 9, count: 2_000)
    try write(
      "many/a/0.png", png(columns: 2_000, colourType: 0, rows: .init(repeating: row, count: 2_000)))
    for number in 1...2_000 {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/many/a/\(number).png", withDestinationPath: "0.png")
    }
    for (more, word) in [
      ([], "the same command continues after the last full shard"),
      (["--decode", "--image-size", "64"], "what was written so far is removed"),
    ] {
      let before = try folder.names(in: folder.path)
      let program = try Programs.product("gmlp-train").path
      let run = try StartedRun(
        executable: "/usr/bin/env",
        arguments: [
          "--default-signal=HUP,INT,TERM", program, "prepare", "images", "--format", "folder",
          "--input",
          "many", "--output", "new/out",
        ] + more, ranks: nil, directory: folder.path)
      try await run.wait(for: "a shard that grows") {
        FileManager.default.fileExists(atPath: "\(folder.path)/new/.out.incomplete/0.shard")
      }
      run.send(signal)
      let ended = try await run.finish()
      #expect(ended.failed(128 + signal, word), "\(ended)")
      #expect(try folder.names(in: folder.path) == before)
    }
  }

  @Test("A preparation that is killed repeatedly ends with the same files as an undisturbed one")
  func killed() async throws {
    // Noise, of which three pictures fill a tenth of a shard.
    var state = UInt32(1)
    for number in 0..<170 {
      let rows = (0..<180).map { _ in
        (0..<180).map { _ -> UInt8 in
          state = state &* 1_664_525 &+ 1_013_904_223
          return UInt8(state >> 24)
        }
      }
      try write("noise/\(number % 2)/\(number).png", png(columns: 180, colourType: 0, rows: rows))
    }
    let options = [
      "prepare", "images", "--format", "folder", "--input", "noise", "--shard-mb", "1",
    ]
    let whole = try await MPIRun(
      executable: "gmlp-train", arguments: options + ["--output", "whole"], ranks: nil,
      directory: folder.path)
    #expect(whole.exitCode == 0, "\(whole)")
    for shard in ["1", "2", "4"] {
      let run = try StartedRun(
        executable: "gmlp-train", arguments: options + ["--output", "killed"], ranks: nil,
        environment: [
          "LD_PRELOAD": try Programs.product("libFileFaults.so").path,
          "GMLP_TEST_STOP_AT": "/\(shard).shard",
        ], directory: folder.path)
      _ = try await run.stoppedProcess()
      run.send(SIGKILL)
      #expect(try await run.finish().exitCode == 128 + SIGKILL)
      #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/killed"))
    }
    let last = try await MPIRun(
      executable: "gmlp-train", arguments: options + ["--output", "killed"], ranks: nil,
      directory: folder.path)
    #expect(last.exitCode == 0 && last.standardOutput.contains("resuming after shard 3"), "\(last)")
    let names = try folder.names(in: "\(folder.path)/whole")
    #expect(names.count > 4)
    #expect(try folder.names(in: "\(folder.path)/killed") == names)
    for name in names {
      #expect(
        try folder.read("\(folder.path)/killed/\(name)")
          == folder.read("\(folder.path)/whole/\(name)"))
    }
    #expect(try folder.names(in: folder.path).filter { $0.hasPrefix(".") }.isEmpty)
  }

  @Test("Options that make no sense together are refused")
  func options() async throws {
    let base = ["prepare", "images", "--format", "folder", "--input", "set", "--output", "out"]
    for (more, word) in [
      (["--decode"], "--image-size"), (["--image-size", "8"], "--decode"),
      (["--exif-orientation"], "data.exif_orientation"),
      (["--decode", "--image-size", "8", "--resize", "9"], "--resize"),
      (["--resize", "0"], "--resize 0"),
      (["--decode", "--image-size", "8", "--channels", "2"], "--channels 2"),
      (["--decode", "--image-size", "8", "--crop-fraction", "2"], "--crop-fraction 2"),
    ] {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: base + more, ranks: nil, directory: folder.path)
      #expect(run.failed(64, word), "\(run)")
    }
    let digits = try await command(
      "prepare", "--format", "digits", "--output", "out", "--resize", "9", in: folder.path)
    #expect(digits.failed(64, "--format digits has pixels"), "\(digits)")
    let labels = try await command(
      "prepare", "--format", "digits", "--output", "out", "--labels", "a", in: folder.path)
    #expect(labels.failed(64, "--labels"), "\(labels)")
  }
}
