import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("evaluate", .timeLimit(.minutes(60)))
struct EvaluateTests {
  @Test("It reproduces training's evaluation, on any number of workers")
  func sameNumbers() async throws {
    let digits = try await TrainedDigits()
    let trained = try digits.last("evaluation")
    for (ranks, threads) in [(nil, "1"), (2, "2"), (3, "1")] as [(Int?, String)] {
      let run = try await command(
        "evaluate", "--run-dir", "run", "--threads", threads, "--json", ranks: ranks,
        in: digits.folder.path)
      #expect(run.exitCode == 0, "\(run.standardError)")
      let result = try run.object()
      for key in ["loss", "accuracy", "accuracy_top5"] {
        #expect(result[key] as? Double == trained[key] as? Double, "\(key)")
      }
      #expect(result["samples"] as? Int == 359)
      #expect(result["weights_sha256"] as? String == (try digits.weightsDigest))
      #expect(result["ranks"] as? Int == ranks ?? 1)
      // People are told which checkpoint it was, once.
      let lines = run.standardError.split(separator: "\n")
      #expect(lines.count == 1 && run.standardError.contains("run/checkpoints/step-0000000006"))
    }
  }

  @Test("A rank that dies, hangs or fails ends the evaluation and is named")
  func watched() async throws {
    let digits = try await TrainedDigits()
    for (fault, words, code) in [
      ("1:evaluate:*:hang", "hangs: nothing for N s in evaluate; evaluate again", 76),
      (
        "1:data:*:hang",
        "has waited N s for data; look at the storage of the data, then evaluate again", 76
      ),
      ("1:evaluate:*:throw", "thrown in evaluate", 70),
      ("1:evaluate:*:kill", "has died in evaluate; evaluate again", 128 + SIGKILL),
    ] {
      let run = try await MPIRun(
        executable: "gmlp-train",
        arguments: ["evaluate", "--run-dir", "run", "--set", "train.hang_timeout=20"], ranks: 2,
        environment: ["GMLP_TRAIN_FAULT": fault, "OMPI_MCA_orte_execute_quiet": "1"],
        directory: digits.folder.path)
      #expect(run.exitCode == code, "\(run)")
      #expect(try run.onlyLine.withoutSilence.contains(words), "\(run)")
    }
  }

  @Test("The averaged weights, the training set, a checkpoint and a weights file can be chosen")
  func choices() async throws {
    let digits = try await TrainedDigits()
    let folder = digits.folder.path
    let averaged = try await command("evaluate", "--run-dir", "run", "--ema", "--json", in: folder)
    #expect(
      try averaged.object()["loss"] as? Double == digits.last("evaluation")["ema_loss"] as? Double)
    let train = try await command(
      "evaluate", "--checkpoint", "run/checkpoints/best", "--split", "train", "--json", in: folder)
    #expect(try train.object()["samples"] as? Int == 1_438)
    let file = try await command(
      "evaluate", "--config", "digits.toml", "--weights",
      "run/checkpoints/best/model.safetensors", "--json", in: folder)
    #expect(
      try file.object()["loss"] as? Double == digits.last("evaluation")["loss"] as? Double)
    let text = try await command("evaluate", "--run-dir", "run", in: folder)
    #expect(text.exitCode == 0 && text.standardError.isEmpty)
    #expect(text.standardOutput.contains("of 359 test samples"))
  }

  @Test("In a copy of a run the path of the best checkpoint means the best one, whatever is there")
  func copiedBest() async throws {
    let digits = try await TrainedDigits()
    let folder = digits.folder
    let checkpoints = "\(folder.path)/run/checkpoints"
    try folder.write(
      IDXBytes.images(1, rows: 8, columns: 8, pixels: Array(repeating: 7, count: 64)),
      to: "digit-idx3-ubyte")
    let best = "run/checkpoints/best"
    let loss = try digits.last("evaluation")["loss"] as? Double
    for isCopied in [true, false] {
      try folder.remove("\(checkpoints)/best")
      if isCopied {
        try FileManager.default.copyItem(
          atPath: "\(checkpoints)/step-0000000003", toPath: "\(checkpoints)/best")
      }
      for arguments in [
        ["evaluate", "--checkpoint", best], ["predict", "--checkpoint", best, "digit-idx3-ubyte"],
        ["inspect", best],
      ] {
        let found = try await MPIRun(
          executable: "gmlp-train", arguments: arguments + ["--json"], ranks: nil,
          directory: folder.path
        ).object()
        #expect(found["step"] as? Int == 6, "\(found)")
      }
      let file = try await command(
        "evaluate", "--config", "digits.toml", "--weights", "\(best)/model.safetensors", "--json",
        in: folder.path)
      #expect(try file.object()["loss"] as? Double == loss, "\(file)")
      let equal = try await command(
        "checkpoints", "diff", best, "run/checkpoints/step-0000000006", in: folder.path)
      #expect(equal.exitCode == 0, "\(equal)")
      let resumed = try await command(
        "--config", "digits.toml", "--run-dir", "branch-\(isCopied)", "--resume", best, "--set",
        "train.steps=9", "--force", in: folder.path)
      #expect(resumed.standardOutput.contains("resumed after step 6"), "\(resumed)")
    }
  }

  @Test("Each kind of weights comes from its own best checkpoint")
  func kinds() async throws {
    let folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    // The average hardly leaves the first weights, so that its best is a matter of chance.
    let run = try await command(
      "--config", "digits.toml", "--run-dir", "run", "--set", "train.steps=20", "--set",
      "train.ema_decay=0.9998", "--set", "train.evaluate_every=1", "--set",
      "optimizer.learning_rate=0.01", in: folder.path)
    #expect(run.exitCode == 0, "\(run.standardError)")
    #expect(run.standardOutput.contains("the averaged weights still hold 99."), "\(run)")
    let evaluations = try folder.text(of: "run/metrics.jsonl").split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }.filter { $0["event"] as? String == "evaluation" }
    #expect(evaluations.count == 20)
    try folder.write(
      IDXBytes.images(1, rows: 8, columns: 8, pixels: Array(repeating: 7, count: 64)),
      to: "digit-idx3-ubyte")
    var steps: [Int] = []
    for (key, options, kind) in [
      ("accuracy", [], "weights"), ("ema_accuracy", ["--ema"], "averaged_weights"),
    ] {
      let values = evaluations.compactMap { $0[key] as? Double }
      let best = try #require(values.max())
      let step = try #require(values.firstIndex(of: best)) + 1
      steps.append(step)
      for arguments in [["evaluate"], ["predict", "digit-idx3-ubyte"]] {
        let found = try await MPIRun(
          executable: "gmlp-train",
          arguments: arguments + ["--run-dir", "run", "--json"] + options,
          ranks: nil, directory: folder.path
        ).object()
        #expect(found["step"] as? Int == step, "\(found)")
        #expect(found["weights_kind"] as? String == kind)
        if arguments.count == 1 { #expect(found["accuracy"] as? Double == best) }
      }
    }
    // Otherwise nothing was shown.
    #expect(steps[0] != steps[1])
    let list = try await command("checkpoints", "list", "run", in: folder.path).standardOutput
    for (words, step) in [("best weights", steps[0]), ("best averaged weights", steps[1])] {
      let line = list.split(separator: "\n").first { $0.contains(words) }
      #expect(line?.hasPrefix("\(step) ") == true || line?.contains(" \(step) ") == true, "\(list)")
    }
  }

  @Test(
    "A configuration with another model or other data than the checkpoint's is refused",
    arguments: [nil, 2])
  func otherConfiguration(ranks: Int?) async throws {
    let digits = try await TrainedDigits()
    let folder = digits.folder
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/runs", withIntermediateDirectories: false)
    try FileManager.default.moveItem(
      atPath: "\(folder.path)/run", toPath: "\(folder.path)/runs/digits")
    // How long it was trained is not asked for.
    try folder.write(
      TrainedDigits.configuration.replacing("steps = 6", with: "steps = 7"), to: "digits.toml")
    #expect(
      try await command(
        "evaluate", "--config", "digits.toml", ranks: ranks, in: folder.path
      ).exitCode == 0)
    try folder.write(
      TrainedDigits.configuration.replacing("d_model = 16", with: "d_model = 32"),
      to: "digits.toml")
    let other = try await command(
      "evaluate", "--config", "digits.toml", ranks: ranks, in: folder.path)
    #expect(
      other.failed(
        64, "was not trained with this --config: model.d_model is 32 here and 16 there"),
      "\(other)")
  }

  @Test("A damaged best checkpoint is skipped with a warning")
  func damagedBest() async throws {
    let digits = try await TrainedDigits()
    try digits.folder.write("damaged", to: "run/checkpoints/step-0000000006/model.safetensors")
    let run = try await command("evaluate", "--run-dir", "run", "--json", in: digits.folder.path)
    #expect(run.exitCode == 0, "\(run.standardError)")
    #expect(try run.object()["step"] as? Int == 3)
    #expect(run.standardError.contains("the checkpoint of the best weights is skipped"))
  }

  @Test("Wrong choices are reported once", arguments: [nil, 2])
  func wrongChoices(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let missing = try await command("evaluate", "--run-dir", "no", ranks: ranks, in: folder.path)
    #expect(missing.failed(65, "no: holds no valid checkpoint"), "\(missing)")
    let noFile = try await command(
      "evaluate", "--config", "digits.toml", "--weights", "no.safetensors", ranks: ranks,
      in: folder.path)
    #expect(noFile.failed(65, "no.safetensors"), "\(noFile)")
    let two = try await command(
      "evaluate", "--run-dir", "a", "--checkpoint", "b", ranks: ranks, in: folder.path)
    #expect(two.failed(64, "--run-dir and --checkpoint"), "\(two)")
    let key = try await command(
      "evaluate", "--config", "digits.toml", "--weights", "no.safetensors", "--set",
      "modle.d_model=3", ranks: ranks, in: folder.path)
    #expect(key.failed(64, "modle.d_model", "the nearest known one is model.d_model"), "\(key)")
  }

  @Test("Weights of the wrong size are refused, naming both shapes")
  func otherSizes() async throws {
    let digits = try await TrainedDigits()
    let run = try await command(
      "evaluate", "--config", "digits.toml", "--set", "model.d_ffn=64", "--weights",
      "run/checkpoints/best/model.safetensors", in: digits.folder.path)
    #expect(run.failed(65, "[32, 16]", "[64, 16]"), "\(run)")
  }
}
