import Digests
import Foundation
import RunSupport
import TestSupport
import Testing

/// Files of weights whose tensors are not those of the model.
@Suite("Given weights", .timeLimit(.minutes(60)))
struct GivenWeightsTests {
  private let digits: TrainedDigits
  private let weights: SafeTensorsBytes

  init() async throws {
    digits = try await TrainedDigits()
    weights = try SafeTensorsBytes(
      "\(digits.folder.path)/run/checkpoints/step-0000000006/model.safetensors")
  }

  private func run(_ arguments: String...) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: arguments, ranks: nil, directory: digits.folder.path)
  }

  /// Trains two steps of the digits with `file`, in a run directory of its own.
  private func train(_ file: SafeTensorsBytes, _ options: String...) async throws -> MPIRun {
    try digits.folder.write(file.bytes, to: "given.safetensors")
    return try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "--config", "digits.toml", "--run-dir", "other-\(UUID().uuidString)", "--weights",
        "given.safetensors", "--stop-after", "2",
      ] + options, ranks: nil, directory: digits.folder.path)
  }

  private func evaluate(_ file: SafeTensorsBytes, _ options: String...) async throws -> MPIRun {
    try digits.folder.write(file.bytes, to: "given.safetensors")
    return try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "evaluate", "--config", "digits.toml", "--weights", "given.safetensors", "--json",
      ]
        + options, ranks: nil, directory: digits.folder.path)
  }

  @Test("Tensors that the model lacks are an error that lists them, except with --partial")
  func unused() async throws {
    let one = ["--set", "model.num_layers=1"]
    let pixels = IDXBytes.images(1, rows: 8, columns: 8, pixels: [UInt8](repeating: 9, count: 64))
    try digits.folder.write(pixels, to: "images")
    try digits.folder.write(weights.bytes, to: "two.safetensors")
    let commands = [
      ["train", "--run-dir", "fresh", "--stop-after", "1"], ["evaluate"], ["predict", "images"],
    ]
    let common = ["--config", "digits.toml", "--weights", "two.safetensors"] + one
    let names = weights.tensors.keys.filter { $0.hasPrefix("blocks.1.") }
    #expect(!names.isEmpty)
    for command in commands {
      let strict = try await MPIRun(
        executable: "gmlp-train", arguments: command + common, ranks: nil,
        directory: digits.folder.path)
      #expect(strict.failed(65, "two.safetensors", "--partial"), "\(strict)")
      for name in names { #expect(strict.standardError.contains(name)) }
      let partial = try await MPIRun(
        executable: "gmlp-train", arguments: command + common + ["--partial"], ranks: nil,
        directory: digits.folder.path)
      #expect(partial.exitCode == (command[0] == "train" ? 75 : 0), "\(partial)")
      for name in names { #expect(partial.standardError.contains(name)) }
    }
  }

  @Test("Tensors that the file lacks are an error, and re-initialised only by train --partial")
  func absent() async throws {
    let three = "model.num_layers=3"
    let strict = try await train(weights, "--set", three)
    #expect(strict.failed(65, "no tensor is called blocks.2.", "--partial"), "\(strict)")
    let partial = try await train(weights, "--set", three, "--partial")
    #expect(partial.exitCode == 75 && partial.standardError.contains("blocks.2."), "\(partial)")
    let evaluated = try await evaluate(weights, "--set", three, "--partial")
    #expect(evaluated.failed(65, "no tensor is called blocks.2."), "\(evaluated)")
    let foreign = try await train(weights.renamed { "other_\($0)" }, "--partial")
    #expect(foreign.failed(65, "no tensor is called", "other_norm.weight"), "\(foreign)")
  }

  @Test("A file without a head, or with half of one, gets a new one in training")
  func headless() async throws {
    for missing in [["head.weight", "head.bias"], ["head.bias"]] {
      var file = weights
      for name in missing { file.tensors[name] = nil }
      let run = try await train(file)
      #expect(run.exitCode == 75, "\(run)")
      for name in ["head.weight", "head.bias"] {
        #expect(run.standardError.contains(name), "\(run)")
      }
      let evaluated = try await evaluate(file)
      #expect(evaluated.failed(65, "no tensor is called \(missing[0])"), "\(evaluated)")
    }
  }

  @Test(
    "Prefixes that wrappers add to every name are ignored",
    arguments: ["module.", "_orig_mod.", "module._orig_mod.", "model.net."])
  func prefixes(prefix: String) async throws {
    let plain = try await evaluate(weights).object()
    let wrapped = try await evaluate(weights.renamed { prefix + $0 })
    #expect(wrapped.exitCode == 0, "\(wrapped)")
    #expect(try wrapped.object()["weights_sha256"] as? String == plain["weights_sha256"] as? String)
  }

  @Test("A model in several files is read by their index, or by the folder in which they lie")
  func shards() async throws {
    var halves = [SafeTensorsBytes(), SafeTensorsBytes()]
    var places: [String] = []
    for (number, (name, tensor)) in weights.tensors.sorted(by: { $0.key < $1.key }).enumerated() {
      halves[number % 2].tensors[name] = tensor
      places.append("\"\(name)\": \"part-\(number % 2).safetensors\"")
    }
    for (number, half) in halves.enumerated() {
      try digits.folder.write(half.bytes, to: "parts/part-\(number).safetensors")
    }
    let index = "parts/model.safetensors.index.json"
    try digits.folder.write("{\"weight_map\": {\(places.joined(separator: ", "))}}", to: index)
    func evaluateIndex() async throws -> MPIRun {
      try await run("evaluate", "--config", "digits.toml", "--json", "--weights", index)
    }
    let plain = try await evaluate(weights).object()
    let whole = try await evaluateIndex()
    #expect(whole.exitCode == 0, "\(whole)")
    #expect(try whole.object()["weights_sha256"] as? String == plain["weights_sha256"] as? String)

    try digits.folder.write("{}", to: "parts/config.json")
    let ofFolder = try await run(
      "evaluate", "--config", "digits.toml", "--json", "--weights", "parts")
    #expect(ofFolder.exitCode == 0, "\(ofFolder)")
    #expect(
      try ofFolder.object()["weights_sha256"] as? String == plain["weights_sha256"] as? String)
    let started = try await run(
      "--config", "digits.toml", "--run-dir", "from-parts", "--weights", "parts", "--stop-after",
      "1")
    #expect(started.exitCode == 75, "\(started)")
    var expected = SHA256()
    for name in ["model.safetensors.index.json", "part-0.safetensors", "part-1.safetensors"] {
      let path = "\(digits.folder.path)/parts/\(name)"
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      var ofFile = SHA256()
      ofFile.update(bytes.span)
      let text = Array(ofFile.hexadecimal.utf8)
      let counted = name.hasSuffix(".json") ? bytes : text
      expected.update(counted.span)
    }
    let written = try digits.folder.text(of: "from-parts/metrics.jsonl")
    #expect(
      written.contains("\"given_weights_sha256\":\"\(expected.hexadecimal)\""), "\(written)")

    try digits.folder.write(halves[0].bytes, to: "parts/part-1.safetensors")
    let absent = try await evaluateIndex()
    #expect(absent.failed(65, index, "is not in part-1.safetensors"), "\(absent)")
    try digits.folder.write(
      "{\"weight_map\": {\"norm.bias\": \"../given.safetensors\"}}", to: index)
    let outside = try await evaluateIndex()
    #expect(outside.failed(65, "../given.safetensors", "beside the index"), "\(outside)")
    try digits.folder.write("{}", to: index)
    let empty = try await evaluateIndex()
    #expect(empty.failed(65, index, "weight_map"), "\(empty)")
  }

  @Test("A run or a checkpoint given as a file of weights is named as what it is")
  func folders() async throws {
    for (folder, advice) in [("run", "is a run"), ("run/checkpoints/best", "give --checkpoint")] {
      let refused = try await run("evaluate", "--config", "digits.toml", "--weights", folder)
      #expect(refused.failed(64, folder, advice), "\(refused)")
    }
  }

  @Test(
    "The line that converts a .pth is one that a shell runs",
    .enabled(if: Ecosystem.has("torch"), "torch is \(Ecosystem.advice)"))
  func conversion() async throws {
    let place = "it's/a model.pth"
    try digits.folder.write(weights.bytes, to: "plain.safetensors")
    try digits.folder.write("", to: "it's/here")
    let made = try await Ecosystem.run(
      "pytorch_checkpoint.py", "\(digits.folder.path)/plain.safetensors",
      "\(digits.folder.path)/\(place)")
    try #require(made.exitCode == 0, "\(made)")
    let refused = try await run("evaluate", "--config", "digits.toml", "--weights", place)
    #expect(refused.failed(65, "this is a PyTorch archive"), "\(refused)")
    let line = try #require(refused.standardError.split(separator: "convert it: ").last)
      .trimmingCharacters(in: .newlines)
    #expect(line.hasPrefix("python3 -c '"), "\(line)")
    let converted = try await Ecosystem.shell(line, in: digits.folder.path)
    try #require(converted.exitCode == 0, "\(converted)")
    let found = try await run(
      "evaluate", "--config", "digits.toml", "--json", "--weights", "it's/a model.safetensors")
    let plain = try await evaluate(weights).object()
    #expect(try found.object()["weights_sha256"] as? String == plain["weights_sha256"] as? String)
  }

  @Test(
    "Tensors in fp16 and bf16 of a model in several files are read as their values",
    arguments: ["F16", "BF16"])
  func halves(type: String) async throws {
    var (rounded, halves) = (weights, weights)
    for (name, tensor) in weights.tensors {
      // The upper half of a float is a bf16, and fp16 has it too where the number is neither small nor large.
      let values = stride(from: 0, to: tensor.data.count, by: 4).map { start -> Float in
        let upper = UInt32(tensor.data[start + 3]) << 8 | UInt32(tensor.data[start + 2])
        let value = Float(bitPattern: upper << 16)
        return abs(value) > 1e-3 && abs(value) < 1e3 ? value : 1
      }
      let short = values.map { value -> UInt16 in
        type == "F16" ? Float16(value).bitPattern : UInt16(value.bitPattern >> 16)
      }
      rounded.tensors[name]?.data = values.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
      }
      halves.tensors[name] = .init(
        type: type, shape: tensor.shape,
        data: short.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] })
    }
    let single = try await evaluate(rounded).object()
    try digits.folder.write(halves.renamed { "_orig_mod.\($0)" }.bytes, to: "parts/a.safetensors")
    let places = halves.tensors.keys.sorted().map { "\"_orig_mod.\($0)\": \"a.safetensors\"" }
    let index = "parts/model.safetensors.index.json"
    try digits.folder.write("{\"weight_map\": {\(places.joined(separator: ", "))}}", to: index)
    let half = try await run("evaluate", "--config", "digits.toml", "--json", "--weights", index)
    #expect(half.exitCode == 0, "\(half)")
    #expect(try half.object()["weights_sha256"] as? String == single["weights_sha256"] as? String)
  }

  @Test(
    "A number that is not finite is refused at the start, with its tensor and place",
    arguments: [
      ("norm.bias", 3, [0, 0, 0xc0, 0x7f], "norm.bias is nan at [3]"),
      ("head.weight", 17, [0, 0, 0x80, 0xff], "head.weight is -inf at [1, 1]"),
    ] as [(String, Int, [UInt8], String)])
  func notFinite(name: String, element: Int, bytes: [UInt8], words: String) async throws {
    var file = weights.renamed { "module." + $0 }
    file.tensors["module." + name]?.data.replaceSubrange(4 * element..<4 * element + 4, with: bytes)
    let pixels = IDXBytes.images(1, rows: 8, columns: 8, pixels: [UInt8](repeating: 9, count: 64))
    try digits.folder.write(pixels, to: "images")
    try digits.folder.write(file.bytes, to: "given.safetensors")
    let before = try digits.folder.names(in: digits.folder.path)
    let given = ["--config", "digits.toml", "--weights", "given.safetensors"]
    for (arguments, ranks) in [
      (["train", "--run-dir", "new"], nil), (["train", "--run-dir", "new"], 2), (["evaluate"], nil),
      (["predict", "images"], nil),
    ] as [([String], Int?)] {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: arguments + given, ranks: ranks,
        environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: digits.folder.path)
      #expect(run.failed(65, "given.safetensors: module.\(words)"), "\(arguments): \(run)")
    }
    #expect(try digits.folder.names(in: digits.folder.path) == before)
  }

  @Test("A number that fp32 cannot hold is refused too")
  func beyondFloat() async throws {
    var file = weights
    let norm = try #require(file.tensors["norm.bias"])
    let values = [Double](repeating: 1e300, count: norm.shape[0])
    let bytes = values.flatMap { value in
      (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }
    file.tensors["norm.bias"] = .init(type: "F64", shape: norm.shape, data: bytes)
    let run = try await evaluate(file)
    #expect(run.failed(65, "norm.bias is inf at [0]", "fp32"), "\(run)")
  }

  @Test(
    "A start records the digest of the whole file, whatever the model takes", arguments: [nil, 2])
  func digest(ranks: Int?) async throws {
    var file = weights
    let norm = try #require(file.tensors["norm.bias"])
    // Doubles are 0 where all bytes are.
    let zeros = [UInt8](repeating: 0, count: 8 * norm.shape[0])
    file.tensors["norm.bias"] = .init(type: "F64", shape: norm.shape, data: zeros)
    for name in ["a", "m", "z"] {
      file.tensors[name] = .init(type: "U8", shape: [3], data: Array(name.utf8) + [1, 2])
    }
    let bytes = file.bytes
    try digits.folder.write(bytes, to: "given.safetensors")
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "--config", "digits.toml", "--run-dir", "new", "--weights", "given.safetensors",
        "--partial", "--stop-after", "2",
      ], ranks: ranks, directory: digits.folder.path)
    #expect(run.exitCode == 75, "\(run)")
    var hasher = SHA256()
    hasher.update(bytes.span)
    let digest = hasher.hexadecimal
    let start = try digits.folder.text(of: "new/metrics.jsonl").split(separator: "\n").first ?? ""
    #expect(start.contains("\"given_weights_sha256\":\"\(digest)\""), "\(start)")
  }

  @Test("A file with two models is refused")
  func twoModels() async throws {
    var both = weights.renamed { "student.\($0)" }
    both.tensors.merge(weights.renamed { "teacher.\($0)" }.tensors) { $1 }
    let run = try await evaluate(both)
    #expect(run.failed(65, "no tensor is called", "student."), "\(run)")
  }

  @Test("A tensor of an unknown type is an error only if it is needed")
  func unknownType() async throws {
    var file = weights
    file.tensors["scale"] = .init(type: "F8_E8M0", shape: [4], data: [1, 2, 3, 4])
    file.tensors["wave"] = .init(type: "C64", shape: [1], data: [UInt8](repeating: 0, count: 8))
    let strict = try await evaluate(file)
    #expect(strict.failed(65, "scale, wave", "--partial"), "\(strict)")
    let partial = try await evaluate(file, "--partial")
    #expect(partial.exitCode == 0, "\(partial)")
    let inspected = try await run("inspect", "given.safetensors")
    #expect(inspected.standardOutput.contains(/scale +F8_E8M0 \[4\]/), "\(inspected)")
    let asked = try #require(weights.tensors["norm.bias"])
    file.tensors["norm.bias"] = .init(type: "F8_E8M0", shape: asked.shape, data: asked.data)
    let refused = try await evaluate(file, "--partial")
    #expect(refused.failed(65, "norm.bias", "F8_E8M0"), "\(refused)")
  }

  @Test("--partial without --weights is refused", arguments: ["train", "evaluate", "predict"])
  func alone(command: String) async throws {
    let run = try await run(command, "--partial", "--config", "digits.toml")
    #expect(run.exitCode == 64, "\(run)")
  }
}
