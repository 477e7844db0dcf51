import Foundation
import Model
import RunSupport
import TestSupport
import Testing

@testable import Checkpoints
@testable import Transfer

/// Runs that begin with the weights of a run on other images.
@Suite("Runs on the weights of another", .tags(.mpi, .slow), .timeLimit(.minutes(60)))
struct TransferRunTests {
  private let folder: TemporaryFolder

  /// A run on grey images of 8 × 12 pixels, 2 × 3 tokens, of five classes.
  init() async throws {
    folder = try TemporaryFolder()
    try folder.write(Self.configuration("images", "labels"), to: "old.toml")
    try write(rows: 8, columns: 12, classes: 5, "")
    let run = try await train("old", "old")
    try #require(run.exitCode == 0, "\(run)")
  }

  private static func configuration(_ images: String, _ labels: String) -> String {
    """
    [model]
    image_size = [8, 12]
    patch_size = [4, 4]
    d_model = 16
    d_ffn = 32
    num_layers = 2
    num_classes = 5
    [data]
    train = ["\(images)", "\(labels)"]
    test = ["\(images)", "\(labels)"]
    [train]
    steps = 6
    global_batch_size = 24
    micro_batch_size = 4
    ema_decay = 0.5
    [schedule]
    warmup_steps = 2
    """
  }

  /// Writes 48 images, whose brightness rises with their class.
  private func write(rows: Int, columns: Int, classes: Int, _ ending: String) throws {
    let labels = (0..<48).map { UInt8($0 % classes) }
    let pixels = labels.enumerated().flatMap { number, label in
      (0..<rows * columns).map {
        UInt8(truncatingIfNeeded: Int(label) * 40 + ($0 * 7 + number) % 30)
      }
    }
    try folder.write(
      IDXBytes.images(48, rows: rows, columns: columns, pixels: pixels), to: "images\(ending)")
    try folder.write(IDXBytes.labels(labels), to: "labels\(ending)")
  }

  private func train(
    _ configuration: String, _ name: String, ranks: Int? = nil, _ more: [String] = []
  ) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train",
      arguments: ["--config", "\(configuration).toml", "--run-dir", name] + more, ranks: ranks,
      environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: folder.path)
  }

  private func tensors(_ name: String, step: Int) throws -> TensorFile {
    try TensorFile(
      URL(filePath: "\(folder.path)/\(name)/checkpoints")
        .appending(path: CheckpointStore.folderName(step)).appending(path: "model.safetensors"))
  }

  @Test(
    "Another size and other classes: what is done is said, on any ranks with the same bits, and it learns"
  )
  func otherImages() async throws {
    try write(rows: 20, columns: 16, classes: 3, "-new")
    try folder.write(Self.configuration("images-new", "labels-new"), to: "new.toml")
    let settings = ["--set", "model.image_size=[20, 16]", "--set", "model.num_classes=3"]
    var runs: [FinishedRun] = []
    for (ranks, threads) in [(nil, 2), (1, 1), (2, 1), (3, 2), (5, 1)] as [(Int?, Int)] {
      let name = "new-\(ranks ?? 0)-\(threads)"
      let run = try await train(
        "new", name, ranks: ranks, settings + ["--weights", "old", "--threads", "\(threads)"])
      #expect(run.exitCode == 0, "\(run)")
      #expect(
        run.standardError.contains(
          "5 classes there, 3 here: head.weight and head.bias are re-initialised"))
      #expect(run.standardError.contains("2 × 3 tokens there, 5 × 4 here: 4 tensors resampled"))
      runs.append(try FinishedRun("\(folder.path)/\(name)", step: 6))
    }
    #expect(runs.allSatisfy { $0 == runs.first && !$0.files.isEmpty })
    let losses = try FinishedRun.losses("\(folder.path)/new-0-2")
    #expect(try #require(losses.last) < #require(losses.first))
  }

  @Test("At a rate of 0 the tensors are those of the rule, and the others the given ones")
  func values() async throws {
    try write(rows: 8, columns: 24, classes: 5, "-new")
    try folder.write(Self.configuration("images-new", "labels-new"), to: "new.toml")
    let run = try await train(
      "new", "new",
      [
        "--set", "model.image_size=[8, 24]", "--weights",
        "old/checkpoints/\(CheckpointStore.folderName(6))", "--set",
        "optimizer.learning_rate=0.0",
      ])
    #expect(run.exitCode == 0, "\(run)")
    let (given, found) = (try tensors("old", step: 6), try tensors("new", step: 6))
    for (name, values) in given.tensors where !name.contains("gate.proj") {
      #expect(found.tensors[name] == values, "\(name)")
    }
    let name = "blocks.1.mlp_channels.gate.proj"
    let widen = GridInterpolation(
      from: TokenGrid(rows: 2, columns: 3), to: TokenGrid(rows: 2, columns: 6), antialiased: false)
    let bias = try given("\(name).bias")
    #expect(Set(bias).count > 1)
    let rounded = { (values: [Double]) in values.map { Double(Float($0)) } }
    #expect(try found("\(name).bias") == rounded(widen(bias, outer: 1, inner: 1)))
    let matrix = widen(widen(try given("\(name).weight"), outer: 1, inner: 6), outer: 12, inner: 1)
    #expect(try found("\(name).weight") == rounded(matrix.map { $0 * 0.5 }))
  }

  @Test("A file without its run does not reveal a grid that is not square; its checkpoint does")
  func fileAlone() async throws {
    try write(rows: 12, columns: 12, classes: 5, "-new")
    try folder.write(Self.configuration("images-new", "labels-new"), to: "new.toml")
    let size = ["--set", "model.image_size=[12, 12]", "--stop-after", "1"]
    let checkpoint = "old/checkpoints/\(CheckpointStore.folderName(6))"
    for weights in [checkpoint, "\(checkpoint)/ema.safetensors"] {
      let run = try await train("new", "new-\(UUID().uuidString)", size + ["--weights", weights])
      #expect(run.exitCode == 75, "\(run)")
      #expect(run.standardError.contains("2 × 3 tokens there, 3 × 3 here"), "\(run)")
    }
    try FileManager.default.copyItem(
      atPath: "\(folder.path)/\(checkpoint)/model.safetensors",
      toPath: "\(folder.path)/alone.safetensors")
    let run = try await train("new", "alone", size + ["--weights", "alone.safetensors"])
    #expect(run.failed(65, "alone.safetensors", "has 6 tokens", "folder of the run"), "\(run)")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/alone"))
  }

  @Test("Other channels are fitted, other patches refused")
  func channelsAndPatches() async throws {
    let records = (0..<24).flatMap { number in
      [UInt8(number % 5)] + (0..<3072).map { UInt8(truncatingIfNeeded: $0 &* 5 &+ number) }
    }
    try folder.write(records, to: "colours.bin")
    try folder.write(Self.configuration("colours.bin", "colours.bin"), to: "new.toml")
    let settings = [
      "--set", "data.format=cifar10", "--set", #"data.train=["colours.bin"]"#, "--set",
      #"data.test=["colours.bin"]"#, "--set", "model.image_size=[32, 32]", "--set",
      "model.channels=3",
      "--weights", "old", "--stop-after", "1",
    ]
    let run = try await train("new", "new", settings)
    #expect(run.exitCode == 75, "\(run)")
    #expect(
      run.standardError.contains("1 channel there, 3 here: the first layer's are repeated"),
      "\(run)")
    let patches = try await train(
      "new", "patches", settings + ["--set", "model.patch_size=[8, 8]"])
    #expect(
      patches.failed(65, "stem.proj.weight has patches of 4 × 4 pixels, the model's have 8 × 8"),
      "\(patches)")
  }

  @Test("evaluate and predict fit nothing")
  func strict() async throws {
    try write(rows: 20, columns: 16, classes: 5, "-new")
    let weights = "old/checkpoints/\(CheckpointStore.folderName(6))/model.safetensors"
    for command in [["evaluate"], ["predict", "images-new"]] {
      let run = try await MPIRun(
        executable: "gmlp-train",
        arguments: command + [
          "--config", "old.toml", "--weights", weights, "--set", "model.image_size=[20, 16]",
          "--set",
          #"data.test=["images-new", "labels-new"]"#, "--partial",
        ], ranks: nil, directory: folder.path)
      #expect(
        run.failed(65, "gate.proj.weight has shape [6, 6], the model needs [20, 20]"), "\(run)")
    }
  }

  @Test("A run without checkpoints, and a damaged one, are refused")
  func noWeights() async throws {
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/empty/checkpoints", withIntermediateDirectories: true)
    let empty = try await train("old", "new", ["--weights", "empty"])
    #expect(empty.failed(65, "empty: holds no valid checkpoint"), "\(empty)")
    for name in try folder.names(in: "\(folder.path)/old/checkpoints") where name.hasPrefix("step-")
    {
      try folder.write("cut", to: "old/checkpoints/\(name)/model.safetensors")
    }
    let damaged = try await train("old", "new", ["--weights", "old"])
    #expect(damaged.failed(65, "old: holds no valid checkpoint"), "\(damaged)")
  }
}
