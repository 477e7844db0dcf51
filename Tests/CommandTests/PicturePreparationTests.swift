import Foundation
import RunSupport
import TestSupport
import Testing

/// Pictures made into shards: what is refused, left out, interrupted and resumed.
@Suite("Preparation of pictures", .timeLimit(.minutes(60)))
struct PicturePreparationTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TrainedColours.folder()
    try folder.write(TrainedColours.configuration, to: "run.toml")
  }

  @Test("A picture that is cut off stops prepare and training with its name, or is left out")
  func cut() async throws {
    try folder.write(Array(TrainedColours.pictures[6].bytes.dropLast(40)), to: "set/across/3.png")
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
    "A signal before the first shard is full ends prepare, which leaves nothing",
    arguments: [SIGTERM, SIGINT, SIGHUP])
  func interrupted(signal: Int32) async throws {
    let row = [UInt8](repeating: 9, count: 2_000)
    try folder.write(
      png(columns: 2_000, colourType: 0, rows: .init(repeating: row, count: 2_000)),
      to: "many/a/0.png")
    for number in 1...2_000 {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/many/a/\(number).png", withDestinationPath: "0.png")
    }
    let word = "the same command continues after the last full shard"
    for more in [[], ["--decode", "--image-size", "64"]] {
      let before = try folder.names(in: folder.path)
      let program = try Programs.product("gmlp-train").path
      let run = try StartedRun(
        executable: "/usr/bin/env",
        arguments: [
          "--default-signal=HUP,INT,TERM", program, "prepare", "images", "--format", "folder",
          "--input", "many", "--output", "new/out",
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

  @Test(
    "A preparation that is killed repeatedly ends with the same files as an undisturbed one",
    arguments: [[], ["--decode", "--image-size", "110"]])
  func killed(more: [String]) async throws {
    // Noise, of which three pictures fill a tenth of a shard.
    var state = UInt32(1)
    for number in 0..<170 {
      let rows = (0..<180).map { _ in
        (0..<180).map { _ -> UInt8 in
          state = state &* 1_664_525 &+ 1_013_904_223
          return UInt8(state >> 24)
        }
      }
      try folder.write(
        png(columns: 180, colourType: 0, rows: rows), to: "noise/\(number % 2)/\(number).png")
    }
    let options =
      [
        "prepare", "images", "--format", "folder", "--input", "noise", "--shard-mb", "1",
      ] + more
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
