import Foundation
import RunSupport
import TestSupport
import Testing

/// A start that is refused leaves everything as it was.
@Suite("Refused starts")
struct RefusedStartTests {
  let files: GoodFiles

  init() throws {
    files = try GoodFiles()
  }

  private func content() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: files.path).sorted()
  }

  private func train(_ arguments: [String], ranks: Int? = nil) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: ["--config", "run.toml"] + arguments, ranks: ranks,
      environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: files.path)
  }

  static let refusals = [
    ["--weights", "none.safetensors"], ["--weights", "train-images"], ["--resume", "none"],
    ["--resume", "damaged"], ["--set", "data.train=[\"none\", \"train-labels\"]"],
    ["--set", "model.num_classes=3"], ["--set", "train.global_batch_size=1600"],
  ]

  @Test("No run directory is created", arguments: refusals, [nil, 2])
  func newRun(arguments: [String], ranks: Int?) async throws {
    try files.write("damaged/state.json", Array("{}".utf8))
    let before = try content()
    let run = try await train(["--run-dir", "a/b/run"] + arguments, ranks: ranks)
    #expect([64, 65].contains(run.exitCode), "\(run)")
    #expect(try content() == before)
  }

  @Test("An old run is not moved aside", arguments: [["--weights", "none.safetensors"]])
  func oldRun(arguments: [String]) async throws {
    #expect(try await train(["--run-dir", "run"]).exitCode == 0)
    let before = try content()
    let run = try await train(["--run-dir", "run", "--resume", "never"] + arguments)
    #expect(run.failed(65, "none.safetensors"), "\(run)")
    #expect(try content() == before)
  }

  @Test("A checkpoint of another run creates no directory for a branch")
  func branch() async throws {
    #expect(try await train(["--run-dir", "run"]).exitCode == 0)
    let before = try content()
    let run = try await train(
      ["--run-dir", "other", "--resume", "run/checkpoints/best", "--set", "seed=5"])
    #expect(run.failed(64, "is of another run", "seed"), "\(run)")
    #expect(try content() == before)
  }

  @Test("A start that is refused while holding the lock leaves none", arguments: [nil, 2])
  func locked(ranks: Int?) async throws {
    let checkpoint = "run/checkpoints/step-0000000008"
    let long = ["--set", "train.checkpoint_every=4"]
    #expect(try await train(["--run-dir", "run"] + long).exitCode == 0)
    try FileManager.default.removeItem(atPath: "\(files.path)/run/lock")
    try files.write("taken/checkpoints", [])
    let older = ["--resume", "run/checkpoints/step-0000000004"]
    try await refuse(["--run-dir", "run"] + older + long, ranks, "holds newer checkpoints")
    try await refuse(["--run-dir", "taken"], ranks, "could not be saved")
    // The header is whole: the fault is found when the data are read.
    try files.change("\(checkpoint)/model.safetensors") { $0[$0.count - 1] ^= 1 }
    try await refuse(
      ["--run-dir", "a/b/run", "--resume", checkpoint] + long, ranks, "model.safetensors")
    try files.change("run/checkpoints/step-0000000004/model.safetensors") { $0[$0.count - 1] ^= 1 }
    try await refuse(["--run-dir", "run"] + long, ranks, "none valid")
  }

  private func refuse(_ arguments: [String], _ ranks: Int?, _ words: String) async throws {
    let before = try content()
    let run = try await train(arguments, ranks: ranks)
    #expect([64, 65, 74].contains(run.exitCode), "\(run)")
    #expect(run.standardError.contains(words), "\(run)")
    #expect(try content() == before, "\(arguments)")
  }

  @Test(
    "Weights and checkpoints are checked by their headers and read once",
    .enabled(if: FileManager.default.isReadableFile(atPath: "/proc/self/io"), "needs /proc/self/io")
  )
  func readOnce() async throws {
    let wide = ["--set", "model.d_model=256", "--set", "model.d_ffn=1024"]
    let stop = ["--stop-after", "1"]
    #expect(try await train(["--run-dir", "run"] + wide + stop).exitCode == 75)
    let checkpoint = "run/checkpoints/step-0000000001"
    let weights = try bytes(in: checkpoint) { $0 == "model.safetensors" }
    let all = try bytes(in: checkpoint) { _ in true }
    #expect(weights > 2_000_000)
    let none = try await bytesRead(["--run-dir", "none"] + wide + stop)
    let given = try await bytesRead(
      ["--run-dir", "given", "--weights", "\(checkpoint)/model.safetensors"] + wide + stop)
    #expect(given - none < weights * 3 / 2, "\(given - none) bytes of \(weights)")
    // Once for the digests and once for the tensors.
    let branch = try await bytesRead(
      ["--run-dir", "branch", "--resume", checkpoint, "--stop-after", "2"] + wide)
    #expect(branch - none < all * 5 / 2, "\(branch - none) bytes of \(all)")
    let resumed = try await bytesRead(["--run-dir", "run", "--stop-after", "2"] + wide)
    // The first save reads it once more, to count it.
    #expect(resumed - none < all * 7 / 2, "\(resumed - none) bytes of \(all)")
    let evaluated = try await bytesRead(["--run-dir", "run"] + wide, of: "evaluate")
    #expect(evaluated - none < all * 7 / 4, "\(evaluated - none) bytes of \(all)")
  }

  private func bytes(in folder: String, where isMeant: (String) -> Bool) throws -> Int {
    let manager = FileManager.default
    return try manager.contentsOfDirectory(atPath: "\(files.path)/\(folder)").filter(isMeant)
      .reduce(0) { sum, name in
        let attributes = try manager.attributesOfItem(atPath: "\(files.path)/\(folder)/\(name)")
        return sum + (attributes[.size] as? Int ?? 0)
      }
  }

  /// The bytes that a start reads by calls of the system; those of a child count when it has ended.
  private func bytesRead(_ arguments: [String], of command: String = "train") async throws -> Int {
    let run = try await MPIRun(
      executable: "/bin/sh",
      arguments: [
        "-c",
        #""$0" "$@" >/dev/null; while read -r key value; do "#
          + #"[ "$key" != rchar: ] || echo "$value"; done </proc/$$/io"#,
        try Programs.product("gmlp-train").path, command, "--config", "run.toml",
      ] + arguments, ranks: nil, directory: files.path)
    return try #require(Int(run.standardOutput.filter(\.isNumber)), "\(run)")
  }

  @Test("Too few open files leave nothing, however many there are", arguments: [nil, "never"])
  func openFiles(resume: String?) async throws {
    let before = try content()
    var (codes, refusals): ([Int32], Int) = ([], 0)
    for limit in 5...40 where codes.last != 0 {
      let run = try await shell(
        "ulimit -n \(limit); \"$@\"",
        ["--config", "run.toml", "--run-dir", "a/run", "--quiet"]
          + (resume.map { ["--resume", $0] } ?? []), in: files.path)
      codes.append(run.exitCode)
      if run.exitCode == 0 { break }
      #expect([64, 65, 70, 74].contains(run.exitCode), "\(limit): \(run)")
      // A run that has begun may still meet the limit, and leaves what belongs to it.
      let metrics = FileManager.default.contents(atPath: "\(files.path)/a/run/metrics.jsonl")
      if let metrics, String(decoding: metrics, as: UTF8.self).contains("\"event\":\"step\"") {
        try FileManager.default.removeItem(atPath: "\(files.path)/a")
        continue
      }
      refusals += 1
      #expect(run.complaints.count == 1, "\(limit): \(run)")
      #expect(try content() == before, "\(limit): \(run)")
    }
    #expect(refusals > 0 && codes.last == 0, "\(codes)")
  }

  @Test("Preparations with too few open files leave nothing either")
  func openFilesOfPreparations() async throws {
    try files.write("book.txt", Array(BookText.lines(40).utf8))
    try files.write("vocab.txt", Array(BookText.vocabulary.utf8))
    for arguments in [
      ["images", "--format", "digits"], ["images", "--format", "folder", "--input", "set"],
      ["text", "--input", "book.txt", "--vocabulary", "vocab.txt", "--sequence-length", "16"],
    ] {
      for number in 0..<8 {
        try files.write("set/\(number % 2)/\(number).png", greyPNG(UInt8(number)))
      }
      let before = try content()
      var codes: [Int32] = []
      for limit in 5...20 where codes.last != 0 {
        let run = try await shell(
          "ulimit -n \(limit); \"$@\"", ["prepare"] + arguments + ["--output", "a/out"],
          in: files.path)
        codes.append(run.exitCode)
        if run.exitCode == 0 { break }
        #expect([64, 65, 70, 74].contains(run.exitCode), "\(limit): \(run)")
        #expect(try content() == before, "\(limit): \(run)")
      }
      #expect(codes.last == 0, "\(arguments): \(codes)")
      try FileManager.default.removeItem(atPath: "\(files.path)/a")
    }
  }

  @Test("A configuration that cannot be written, or metrics that cannot be opened, leave nothing")
  func blocked() async throws {
    for name in ["config.toml", "metrics.jsonl"] {
      try files.write("run/\(name)/x", [])
      try await refuse(["--run-dir", "run"], nil, name)
      try FileManager.default.removeItem(atPath: "\(files.path)/run")
    }
  }

  @Test("Torture, prepare and benchmark create nothing either")
  func otherCommands() async throws {
    try files.write("bad.toml", Array("[model]\nd_ffn = 7\n".utf8))
    try files.write("binary.txt", [0xff, 0xfe])
    let before = try content()
    for arguments in [
      ["torture", "--config", "bad.toml", "--output", "a/t"],
      ["torture", "--config", "none.toml", "--output", "a/t"],
      ["prepare", "--format", "idx", "--input", "none", "train-labels", "--output", "a/p"],
      ["prepare", "--format", "idx", "--input", "train-labels", "train-images", "--output", "a/p"],
      ["prepare", "text", "--input", "none.txt", "--vocabulary-size", "32", "--output", "a/p"],
      ["prepare", "text", "--input", "run.toml", "--vocabulary", "none", "--output", "a/p"],
      [
        "prepare", "text", "--input", "run.toml", "--vocabulary", "train-images", "--output", "a/p",
      ],
      ["prepare", "text", "--input", "binary.txt", "--vocabulary-size", "32", "--output", "a/p"],
      [
        "benchmark", "--config", "run.toml", "--set", "model.num_classes=2", "--trace",
        "trace.json",
        "--checkpoint", ".",
      ],
    ] {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: arguments, ranks: nil, directory: files.path)
      #expect([64, 65].contains(run.exitCode), "\(arguments): \(run)")
      #expect(try content() == before, "\(arguments)")
    }
  }

  @Test("With --quiet a start prints only warnings, also for an old or a finished run")
  func quiet() async throws {
    for arguments in [[], [], ["--resume", "never"]] {
      let run = try await train(["--run-dir", "run", "--quiet"] + arguments)
      #expect(
        run.exitCode == 0 && run.standardOutput.isEmpty && run.told.isEmpty, "\(run)")
    }
    let loud = try await train(["--run-dir", "run"])
    #expect(loud.standardOutput.contains("all 8 steps are done"), "\(loud)")
  }
}
