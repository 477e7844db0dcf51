import Configuration
import Foundation
import Imaging
import Inspection
import RunSupport
import TestSupport
import Testing

@Suite("inspect", .timeLimit(.minutes(60)))
struct InspectTests {
  @Test(
    "The models of the paper have their parameters and multiply-adds",
    arguments: [
      ("gmlp-ti16", 5_867_328, 1.329), ("gmlp-s16", 19_422_656, 4.392),
      ("gmlp-b16", 73_075_392, 15.720), ("mlm-gmlp-base", 130_073_552, 78.571),
      ("mlm-amlp-large", 315_627_960, 184.294),
    ])
  func presets(name: String, parameters: Int, gigaMultiplyAdds: Double) async throws {
    let result = try await command("inspect", "--preset", name, "--json").object()
    #expect(result["parameters"] as? Int == parameters)
    let multiplyAdds = try #require(result["multiply_adds"] as? Int)
    #expect(abs(Double(multiplyAdds) / 1e9 - gigaMultiplyAdds) < 0.0005)
    let text = try await command("inspect", "--preset", name)
    #expect(text.standardOutput.contains(String(format: "%.3f G", gigaMultiplyAdds)))
  }

  @Test("A text model is inspected without text, and images are refused as its data")
  func text() async throws {
    let folder = try TemporaryFolder()
    try folder.write("[model]\ninput = \"text\"\nattention_size = 8\n", to: "text.toml")
    let result = try await command("inspect", "text.toml", "--json", in: folder.path).object()
    #expect((result["notes"] as? [String])?.contains { $0.contains("data.format") } == true)
    let refused = try await command("train", "--config", "text.toml", in: folder.path)
    #expect(refused.failed(64, "data.format = \"idx\"", "model.input = \"text\""), "\(refused)")
    let measured = try await command(
      "benchmark", "--preset", "mlm-small", "--batch", "16", "--steps", "1", "--json"
    ).object()
    #expect(
      measured["sample"] as? String == "sequence" && measured["data"] as? String == "synthetic")
    let tokens = try #require(measured["tokens_per_second"] as? Double)
    let samples = try #require(measured["samples_per_second"] as? Double)
    #expect(abs(tokens / (128 * samples) - 1) < 1e-12)
  }

  @Test("Steps, micro-batches and itemised memory are known before anything starts")
  func configuration() async throws {
    let folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let one = try await command(
      "inspect", "--config", "digits.toml", "--set", "train.steps=0", "--set", "model.d_model=64",
      "--json", in: folder.path
    ).object()
    #expect(one["micro_batches"] as? Int == 4)
    #expect(one["steps_per_epoch"] as? Int == 22 && one["steps"] as? Int == 110)
    let items = try #require(one["memory"] as? [String: Int])
    #expect(items.values.reduce(0, +) == one["memory_bytes_per_rank"] as? Int)
    let four = try await command(
      "inspect", "digits.toml", "--ranks", "4", "--threads", "2", "--set", "model.d_model=64",
      "--json", in: folder.path
    ).object()
    let fewer = try #require(four["memory"] as? [String: Int])
    #expect(try #require(fewer["optimizer"]) < #require(items["optimizer"]))
    #expect((four["notes"] as? [String])?.first?.contains("only 4 of the 8 workers") == true)
  }

  @Test("The resolved configuration is TOML that reads back as itself")
  func resolved() async throws {
    let folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let first = try await command("inspect", "digits.toml", "--resolved", in: folder.path)
    #expect(first.standardOutput.contains("beta2 = 0.999\n"))
    try folder.write(first.standardOutput, to: "resolved.toml")
    let second = try await command("inspect", "resolved.toml", "--resolved", in: folder.path)
    #expect(first.standardOutput == second.standardOutput)
  }

  @Test("The table of keys has each key once, and is the one in docs/configuration.md")
  func keys() async throws {
    let table = try await command("inspect", "--keys").standardOutput
    let rows = table.split(separator: "\n")
    #expect(
      rows.dropFirst().first?.hasPrefix("| ---") == true && rows.allSatisfy { $0.hasPrefix("| ") })
    let page = PackageFolder.url.appending(path: "docs/configuration.md")
    #expect(try String(contentsOf: page, encoding: .utf8).contains("\n\(table)\n"))
    for key in ["seed", "model.d_model", "data.train", "train.epochs", "augment.horizontal_flip"] {
      #expect(rows.count { $0.hasPrefix("| `\(key)` ") } == 1, "\(key)")
    }
  }

  @Test("A checkpoint's state is shown, and a damaged checkpoint is refused")
  func checkpoint() async throws {
    let digits = try await TrainedDigits()
    let folder = digits.folder
    for path in ["run/checkpoints/step-0000000006", "run/checkpoints/best", "run"] {
      let result = try await command("inspect", path, "--json", in: folder.path).object()
      #expect(result["step"] as? Int == 6)
      #expect(result["weights_sha256"] as? String == (try digits.weightsDigest))
      let files = try #require(result["files"] as? [[String: Any]])
      #expect(
        files.compactMap { $0["name"] as? String } == [
          "ema.safetensors", "model.safetensors", "optimizer.safetensors",
        ])
    }
    let tensor = "blocks.1.mlp_channels.gate.proj.weight"
    let text = try await command("inspect", "run", in: folder.path).standardOutput
    #expect(!text.contains(tensor) && text.split(separator: "\n").count < 20, "\(text)")
    let loss = try #require(try digits.last("evaluation")["loss"] as? Double)
    for words in [
      "run (finished)", "(all digests verified)", "a classifier of images, 10 classes",
      "gmlp, 2 blocks of 16 channels, 4 tokens", "6 of 6, epoch 1, 384 samples into it",
      "loss \(String(format: "%.4f", loss)), accuracy ", "after step 6, 3", "digits, sha256 ",
    ] {
      #expect(text.contains(words), "\(words): \(text)")
    }
    let whole = try await command("inspect", "run", "--tensors", in: folder.path).standardOutput
    #expect(whole.hasPrefix(text.dropLast()) && whole.contains(tensor), "\(whole)")
    // Away from its run a checkpoint says what it can.
    try FileManager.default.copyItem(
      atPath: "\(folder.path)/run/checkpoints/step-0000000006", toPath: "\(folder.path)/copy")
    let copy = try await command("inspect", "copy", in: folder.path)
    #expect(copy.exitCode == 0 && !copy.standardOutput.contains("result "), "\(copy)")
    let refused = try await command("inspect", "digits.toml", "--tensors", in: folder.path)
    #expect(refused.failed(64, "digits.toml: is no checkpoint"), "\(refused)")
    let tensors = try await command(
      "inspect", "run/checkpoints/best/model.safetensors", "--json", in: folder.path
    ).object()
    #expect((tensors["tensors"] as? [Any])?.count == 26)
    try folder.write("damaged", to: "run/checkpoints/step-0000000006/ema.safetensors")
    let damaged = try await command(
      "inspect", "run/checkpoints/step-0000000006", in: folder.path)
    #expect(damaged.failed(65, "ema.safetensors"), "\(damaged)")
  }

  @Test("Anything else is refused")
  func wrong() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "no shard, but as long as a header would be".padding(
        toLength: 200, withPad: ".", startingAt: 0), to: "text")
    try folder.write("[model]\nd_modle = 3", to: "typo.toml")
    try folder.write("[trian]\nepochs = 3", to: "table.toml")
    let absent = try await command("inspect", "absent", in: folder.path)
    #expect(absent.failed(65, "absent: no such file"), "\(absent)")
    let noConfiguration = try await command("inspect", "absent.toml", in: folder.path)
    #expect(noConfiguration.failed(64, "absent.toml: no such file"), "\(noConfiguration)")
    let text = try await command("inspect", "text", in: folder.path)
    #expect(
      text.failed(65, "text: is text that begins with 'no shard, but as long as a header would …'"),
      "\(text)")
    let empty = try await command("inspect", ".", in: folder.path)
    #expect(empty.failed(65), "\(empty)")
    let typo = try await command("inspect", "typo.toml", in: folder.path)
    #expect(typo.failed(64, "model.d_modle", "model.d_model"), "\(typo)")
    let table = try await command("inspect", "table.toml", in: folder.path)
    #expect(table.failed(64, "trian.epochs", "train.epochs"), "\(table)")
    let preset = try await command("inspect", "--preset", "gmlp-x16")
    #expect(preset.failed(64, "gmlp-x16", "the nearest known one is gmlp-s16"), "\(preset)")
    let both = try await command("inspect", "--json", "--resolved")
    #expect(both.failed(64, "--json and --resolved"), "\(both)")
  }

  @Test(
    "A sheet shows as many augmented images as asked for, with their classes and what they are mixed with"
  )
  func augmented() async throws {
    let folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let result = try await command(
      "inspect", "digits.toml", "--set", "augment.mixup=0.8", "--set", "augment.policy=v0",
      "--augmented", "10", "--output", "sheet.png", in: folder.path)
    #expect(result.exitCode == 0, "\(result)")
    let lines = result.standardOutput.split(separator: "\n")
    #expect(lines.count == 10)
    #expect(lines.allSatisfy { $0.contains("class ") && $0.contains("mixed with") })
    #expect(lines[9].hasPrefix("row 3, column 2: "))
    let png = try Data(contentsOf: URL(filePath: "\(folder.path)/sheet.png"))
    #expect(png.prefix(8) == Data([137, 80, 78, 71, 13, 10, 26, 10]))
    // Four columns of 112 pixels and four between them; three rows with text below.
    #expect(Array(png[16..<24]) == [0, 0, 1, 208, 0, 0, 1, 128])
    for (arguments, finding) in [
      (["--augmented", "4"], "give both or none"),
      (["--augmented", "0", "--output", "x"], "from 1"),
      (["--augmented", "4", "--output", "x", "--json"], "give only one"),
    ] {
      let refused = try await MPIRun(
        executable: "gmlp-train", arguments: ["inspect", "digits.toml"] + arguments, ranks: nil,
        environment: [:], directory: folder.path)
      #expect(refused.failed(64, finding), "\(refused)")
    }
    let nowhere = try await command(
      "inspect", "digits.toml", "--augmented", "4", "--output", "no/folder.png", in: folder.path)
    #expect(nowhere.failed(74, "no/folder.png: cannot be written"), "\(nowhere)")
  }

  @Test("Each cell of a sheet shows its sample, unchanged where nothing is at random")
  func sheetPixels() throws {
    let folder = try TemporaryFolder()
    let pixels = (0..<20).flatMap { [UInt8](repeating: UInt8(12 * $0 + 3), count: 64) }
    let images = try folder.write(
      IDXBytes.images(20, rows: 8, columns: 8, pixels: pixels), to: "images")
    let labels = try folder.write(IDXBytes.labels((0..<20).map { UInt8($0 % 10) }), to: "labels")
    let file = try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let files = "[\"\(images)\", \"\(labels)\"]"
    let configuration = try TrainingConfiguration(
      file: file, assignments: ["data.format=idx", "data.train=\(files)", "data.test=\(files)"])
    let sheet = try AugmentedSheet(configuration, count: 10)
    #expect(sheet.entries.count == 10 && Set(sheet.entries.map(\.sample)).count == 10)
    for (index, entry) in sheet.entries.enumerated() {
      #expect(entry.label == entry.sample % 10)
      // Four cells in a row, of 112 pixels and four more; below each are 16 pixels of text.
      let (top, left) = (index / 4 * 128, index % 4 * 116)
      for (row, column) in [(0, 0), (111, 0), (50, 60), (111, 111)] {
        let place = (top + row) * sheet.image.columns + left + column
        #expect(sheet.image.bytes[place] == UInt8(12 * entry.sample + 3))
      }
    }
  }
}
