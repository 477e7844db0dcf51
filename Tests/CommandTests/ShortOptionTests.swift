import RunSupport
import TestSupport
import Testing

/// Options that stand for a key of the configuration.
@Suite("Short options", .timeLimit(.minutes(60)))
struct ShortOptionTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
  }

  private func train(_ run: String, _ arguments: [String]) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train",
      arguments: ["--config", "digits.toml", "--run-dir", run, "--resume", "never"] + arguments,
      ranks: nil, directory: folder.path)
  }

  @Test("They give the configuration, the digest and the weights that their keys give")
  func sameAsKeys() async throws {
    let keys = try await train(
      "keys",
      [
        "optimizer.learning_rate=2e-3", "train.epochs=1", "train.steps=0",
        "train.global_batch_size=704", "seed=7", "train.threads=2",
      ].flatMap { ["--set", $0] })
    let short = [
      "--lr", "2e-3", "--epochs", "1", "--batch-size", "704", "--seed", "7", "--threads", "2",
    ]
    // The option counts where a key is given too, wherever it stands.
    let both = ["--set", "optimizer.learning_rate=0.5", "--set", "seed=9"]
    let expected = try folder.text(of: "keys/config.toml")
    for (name, arguments) in [("short", short), ("before", both + short), ("after", short + both)] {
      let run = try await train(name, arguments)
      #expect(run.exitCode == 0, "\(run)")
      #expect(try folder.text(of: "\(name)/config.toml") == expected)
      #expect(try run.digest == keys.digest)
    }
  }

  @Test("Epochs count instead of the steps of the configuration")
  func epochs() async throws {
    // 1,438 digits make 22 batches of 64.
    let run = try await train("run", ["--epochs", "1"])
    #expect(run.standardOutput.contains("22 steps of 64 samples"), "\(run)")
  }

  @Test(
    "Impossible ones are refused with the reason",
    arguments: [
      (["--epochs", "1", "--steps", "1"], "--steps and --epochs: give only one of them"),
      (["--epochs", "0"], "--epochs 0: must be at least 1"),
      (["--batch-size", "0"], "--batch-size 0: must be at least 1"),
      (["--batch-size", "100"], "train.micro_batch_size=10"),
      (["--lr=-1"], "--lr -1.0: must be a number of at least 0"),
      (["--lr", "nan"], "--lr nan: must be"),
      (["--lr", "fast"], "'fast'"),
      (["--seed=-1"], "--seed"),
    ])
  func refused(arguments: [String], words: String) async throws {
    let run = try await train("run", arguments)
    #expect(run.failed(64, words), "\(run)")
  }

  @Test("A sweep takes them for all variants, and benchmark knows the same name for the batch")
  func elsewhere() async throws {
    try folder.write(
      "config = \"digits.toml\"\n[[variant]]\nname = \"one\"\n", to: "sweep.toml")
    let sweep = try await command("sweep", "sweep.toml", "--batch-size", "100", in: folder.path)
    #expect(sweep.failed(64, "one: train.global_batch_size = 100: must be a multiple"), "\(sweep)")
    let benchmark = try await command(
      "benchmark", "--config", "digits.toml", "--batch-size", "8", "--steps", "1",
      "--warmup-steps", "0", "--json", in: folder.path)
    #expect(try benchmark.object()["batch"] as? Int == 8, "\(benchmark)")
  }

  @Test("Help of train has them before the options of a run")
  func help() async throws {
    let help = try await command("help", "train").standardOutput
    let places = ["--lr <", "--epochs <", "--batch-size <", "--run-dir <"].map { option in
      help.firstRange(of: "\n  \(option)")?.lowerBound
    }
    let found = places.compactMap { $0 }
    #expect(found.count == 4 && found == found.sorted(), "\(help)")
  }
}
