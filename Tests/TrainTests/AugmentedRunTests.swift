import Foundation
import Randomness
import RunSupport
import TestSupport
import Testing

/// Runs on colour pictures with all that is done at random: the number of workers and a kill show in no bit.
@Suite("Augmented runs", .tags(.mpi, .slow), .serialized, .timeLimit(.minutes(60)))
struct AugmentedRunTests {
  static let steps = 13

  private static let references = References<FinishedRun>()

  private let folder: TemporaryFolder

  /// 80 pictures of 32 × 32 in the format of CIFAR-10, the brightest channel of which is their class, with noise.
  init() throws {
    folder = try TemporaryFolder()
    for (name, count) in [("train.bin", 80), ("test.bin", 21)] {
      var bytes: [UInt8] = []
      for sample in 0..<count {
        let key = RandomKey(seed: 5, purpose: .augmentation, time: count, sample: sample)
        bytes.append(UInt8(sample % 3))
        for index in 0..<3072 {
          let isBright = index / 1024 == sample % 3
          bytes.append(UInt8(key.integer(index, below: 130) + (isBright ? 100 : 0)))
        }
      }
      try folder.write(bytes, to: name)
    }
    try """
    seed = 3
    [model]
    image_size = [32, 32]
    channels = 3
    patch_size = [8, 8]
    d_model = 16
    d_ffn = 32
    num_layers = 2
    num_classes = 10
    survival_probability = 0.7
    stochastic_depth = "linear"
    [data]
    format = "cifar10"
    train = ["train.bin"]
    test = ["test.bin"]
    mean = [0.5]
    std = [0.25]
    [train]
    steps = \(Self.steps)
    global_batch_size = 20
    micro_batch_size = 4
    label_smoothing = 0.1
    ema_decay = 0.9
    ema_warmup = "timm"
    checkpoint_every = 3
    [schedule]
    warmup_epochs = 0.5
    [augment]
    horizontal_flip = true
    random_resized_crop = true
    policy = "rand-m9-mstd0.5-inc1"
    erasing = 0.25
    erasing_mode = "pixel"
    mixup = 0.8
    cutmix = 1.0
    repeats = 2
    """.write(toFile: "\(folder.path)/run.toml", atomically: true, encoding: .utf8)
  }

  private func arguments(_ directory: String, _ more: [String]) -> [String] {
    ["--config", "\(folder.path)/run.toml", "--run-dir", "\(folder.path)/\(directory)"] + more
  }

  private func train(_ directory: String, ranks: Int, _ more: [String] = []) async throws
    -> FinishedRun
  {
    let run = try await MPIRun(
      executable: "gmlp-train", arguments: arguments(directory, more),
      ranks: ranks == 1 ? nil : ranks)
    #expect(run.exitCode == 0, "\(run.standardError)")
    return try FinishedRun("\(folder.path)/\(directory)", step: Self.steps)
  }

  /// What one process with one thread ends with.
  private func reference() async throws -> FinishedRun {
    try await Self.references.outcome {
      try await AugmentedRunTests().train("reference", ranks: 1)
    }
  }

  @Test("One digest for ranks 1, 2, 3, 5, 8, and for threads 1, 2 of one and of three")
  func anyNumberOfWorkers() async throws {
    let reference = try await reference()
    for (ranks, threads) in [(1, 2), (2, 1), (3, 1), (3, 2), (5, 1), (8, 1)] {
      let other = try await train("\(ranks)-\(threads)", ranks: ranks, ["--threads", "\(threads)"])
      #expect(other == reference, "\(ranks) ranks × \(threads) threads")
    }
  }

  @Test("Killed in the middle of an epoch and resumed, it ends with the same bits")
  func killed() async throws {
    let reference = try await reference()
    // An epoch has four steps; step 6 is the second of the second one, and comes after the checkpoint of step 3.
    let run = try StartedRun(
      executable: "gmlp-train",
      arguments: arguments(
        "killed", ["--set", "train.hang_timeout=\(StartedRun.patienceSeconds)"]),
      ranks: 3, environment: ["GMLP_TRAIN_FAULT": "1:forward:6:stop"])
    kill(try await run.stoppedProcess(), SIGKILL)
    let ended = try await run.finish()
    #expect(ended.exitCode == 128 + SIGKILL, "\(ended.standardError)")
    #expect(try await train("killed", ranks: 2, ["--threads", "2"]) == reference)
  }

  @Test(
    "Each part of it changes the weights",
    arguments: [
      "augment.policy=none", "augment.erasing=0", "augment.mixup=0", "augment.cutmix=0",
      "augment.mixing=elem", "augment.repeats=1", "augment.random_resized_crop=false",
      "augment.interpolation=bilinear", "model.stochastic_depth=constant",
      "schedule.warmup_epochs=1",
    ])
  func parts(assignment: String) async throws {
    let whole = try await reference()
    let other = try await train("other", ranks: 1, ["--set", assignment])
    #expect(whole.files["model.safetensors"] != other.files["model.safetensors"])
  }
}
