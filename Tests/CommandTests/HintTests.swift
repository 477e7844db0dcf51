import Configuration
import Foundation
import RunSupport
import TestSupport
import Testing

/// What people are told who have taken something for something else.
@Suite("Hints")
struct HintTests {
  let files: GoodFiles

  init() throws {
    files = try GoodFiles()
  }

  @Test("Unknown subcommands, keys and presets")
  func words() async throws {
    for (arguments, words) in [
      (["finetune"], "unknown subcommand 'finetune'; here it is gmlp-train train --weights"),
      (["test"], "unknown subcommand 'test'; here it is gmlp-train evaluate"),
      (["onnx", "run"], "unknown subcommand 'onnx'; here it is gmlp-train export onnx"),
      (["tensorboard"], "unknown subcommand 'tensorboard'; here it is gmlp-train export tens"),
      (["serve"], "unknown subcommand 'serve'; the subcommands are train, evaluate, predict"),
      (["trian"], "unknown subcommand 'trian'; the nearest known one is train"),
      (
        ["checkpoints", "lst", "x"],
        "unknown subcommand 'checkpoints lst'; the nearest known one is list"
      ),
      (
        ["prepare", "txt", "--output", "x"],
        "unknown subcommand 'prepare txt'; the nearest known one is text"
      ),
      (
        ["--set", "augment.solarization=0.2"],
        "unknown key augment.solarization; the keys of [augment] are"
      ),
      (
        ["inspect", "--preset", "resnet50"],
        "--preset resnet50: unknown; the presets are gmlp-ti16, "
      ),
      (["inspect", "--preset", "gmlp_s16_224"], "gmlp_s16_224: unknown; here it is gmlp-s16"),
      (
        ["torture", "--config", "run.toml", "--output", "t", "--kind", "fire"],
        "--kind 'fire': unknown; the kinds are "
      ),
    ] {
      let run = try await start(arguments)
      #expect(run.failed(64, words), "\(run)")
    }
  }

  @Test(
    "Options of other tools, and keys as options, are known by their meaning",
    arguments: [
      (["--num-epochs", "3"], "unknown option '--num-epochs'; here it is --epochs;"),
      (["--wd", "0.1"], "here it is --set optimizer.weight_decay=…"),
      (["--weight-decay=0.1"], "unknown option '--weight-decay'; here it is --set optimizer.w"),
      (["--train.epochs", "3"], "here it is --epochs"),
      (["--learning-rate", "1"], "here it is --lr"),
      (["--amp"], "here it is --set train.precision=… (fp32, bf16 or auto)"),
      (["--workers", "8"], "here it is --threads"),
      (["--output-dir", "x"], "here it is --run-dir"),
      (["--pretrained"], "here it is --weights"),
      (["inspect", "--model", "gmlp_s16_224"], "here it is --preset"),
      (["--model", "gmlp_s16_224"], "here it is --set model.kind=…"),
      (["--device", "cpu"], "models are trained on CPUs"),
      (["--nproc_per_node", "4"], "mpirun -n 4 gmlp-train"),
      (["evaluate", "--wd", "1"], "here it is --set optimizer.weight_decay=…"),
      (["evaluate", "--batch", "4"], "here it is --set train.global_batch_size=…"),
      (["sweep", "s.toml", "--num-epochs", "3"], "here it is --epochs"),
    ])
  func options(arguments: [String], words: String) async throws {
    let run = try await start(arguments)
    let page = arguments[0].hasPrefix("-") ? "--help'" : "help \(arguments[0])'"
    #expect(run.failed(64, words, page), "\(run)")
  }

  @Test("Whatever a hint names exists")
  func targets() async throws {
    let pages = try await CommandPages().all
    var helps: [String: String] = [:]
    for page in pages {
      let words = page.joined(separator: " ")
      helps[words] = try await start(["help"] + page).standardOutput
    }
    for command in Synonyms.commands {
      let words = command.target.split(separator: " ").map(String.init)
      let page = words.prefix { !$0.hasPrefix("-") }.joined(separator: " ")
      let help = try #require(helps[page], "\(command.target)")
      for option in words where option.hasPrefix("-") { #expect(help.contains("\n  \(option) ")) }
      // A word that is a subcommand would never be looked for.
      #expect(command.words.allSatisfy { !pages.contains([$0]) }, "\(command.words)")
    }
    let words = Synonyms.commands.flatMap(\.words)
    #expect(Set(words).count == words.count)
    for option in Synonyms.options.map(\.target) + Synonyms.optionsOfKeys.map(\.option) {
      #expect(helps.values.contains { $0.contains("\n  \(option) ") }, "\(option)")
    }
  }

  @Test("inspect describes an unknown file and lists the kinds it knows")
  func inspect() async throws {
    try files.write("x.pth", Array("PK\u{3}\u{4}\u{14}\u{0}\u{0}".utf8))
    try files.write("empty", [])
    try files.write("bytes", [7, 128, 3])
    try files.write("letter", Array("größer, größer\n".utf8))
    try files.write("folder/notes", Array("a".utf8))
    for (path, words) in [
      ("x.pth", "is a zip archive"), ("empty", "is empty"),
      ("/etc/passwd", "is text that begins with 'root:"),
      ("letter", "is text that begins with 'größer,"),
      ("train-images", "is an IDX file of images"),
      ("bytes", "begins with the bytes 07 80 03"),
    ] {
      let run = try await command("inspect", path, in: files.path)
      #expect(
        run.failed(65, "\(path): \(words)", "a configuration (.toml), a checkpoint"), "\(run)")
    }
    // Weights are known by their content, as shards are.
    try files.write("weights.bak", [2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8))
    let weights = try await command("inspect", "weights.bak", in: files.path)
    #expect(weights.exitCode == 0, "\(weights)")
    let folder = try await command("inspect", "folder", in: files.path)
    #expect(
      folder.failed(65, "folder: is a folder without", "a configuration (.toml)"), "\(folder)")
    let missing = try await command("inspect", "none.toml", in: files.path)
    #expect(
      missing.failed(64, "none.toml: no such file; name a configuration in TOML"), "\(missing)")
    #expect(!missing.standardError.contains("--config"))
  }

  @Test("A refused format is not suggested")
  func format() async throws {
    let help = try await command("help", "prepare", "images", in: files.path)
    #expect(!help.standardOutput.contains(/values:.*text/), "\(help)")
    let run = try await command("prepare", "--format", "text", "--output", "set", in: files.path)
    #expect(run.failed(64, "gmlp-train prepare text"), "\(run)")
  }

  @Test("A batch that the default micro-batch does not divide is measured in smaller ones")
  func batch() async throws {
    for (batch, microBatch) in [(4, 4), (24, 12), (17, 1)] {
      let run = try await command(
        "benchmark", "--preset", "gmlp-ti16", "--batch", "\(batch)", "--steps", "1",
        "--warmup-steps", "0", "--json", "--set", "model.num_layers=1", "--set",
        "model.d_model=16", "--set", "model.d_ffn=32", in: files.path)
      #expect(run.exitCode == 0, "\(run)")
      #expect(try run.object()["micro_batch"] as? Int == microBatch)
    }
    let asked = try await command(
      "benchmark", "--batch", "4", "--set", "train.micro_batch_size=3", in: files.path)
    #expect(asked.failed(64, "must be a multiple of train.micro_batch_size = 3"), "\(asked)")
    let train = try await command(
      "--config", "run.toml", "--set", "train.global_batch_size=9", in: files.path)
    #expect(train.failed(64, "as in train.micro_batch_size=1"), "\(train)")
  }

  private func start(_ arguments: [String]) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: arguments, ranks: nil, directory: files.path)
  }
}
