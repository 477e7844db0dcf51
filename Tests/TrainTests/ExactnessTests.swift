import Foundation
import Kernels
import Model
import Randomness
import RunSupport
import TestSupport
import Testing

@testable import Reduction

/// The proof that the number of workers does not show in a single bit.
///
/// Everything that could depend on it is on: clipping, warm-up, stochastic depth, label smoothing,
/// augmentation, an average of the weights; an epoch border and evaluations lie inside; V = 23 is
/// prime, so that ranks hold three nodes and more, and with 16 workers one has nothing to do when
/// V = 13. The products have at least 256 rows, columns and terms.
@Suite("Exactness", .tags(.mpi, .slow), .serialized)
struct ExactnessTests {
  static let steps = 31

  /// 16×16 images whose brightest quarter is their class, with noise.
  private static func writeImages(_ folder: TemporaryFolder, _ name: String, count: Int) throws {
    let key = RandomKey(seed: 11, purpose: .augmentation, sample: count)
    var (pixels, labels) = ([UInt8](), [UInt8]())
    for sample in 0..<count {
      let label = sample % 4
      for pixel in 0..<256 {
        let quarter = pixel / 128 * 2 + pixel % 16 / 8
        let noise = key.integer(sample * 256 + pixel, below: 120)
        pixels.append(UInt8(noise + (quarter == label ? 90 : 0)))
      }
      labels.append(UInt8(label))
    }
    try folder.write(
      IDXBytes.images(count, rows: 16, columns: 16, pixels: pixels), to: "\(name)-images")
    try folder.write(IDXBytes.labels(labels), to: "\(name)-labels")
  }

  static func writeConfiguration(_ folder: TemporaryFolder) throws -> String {
    try writeImages(folder, "train", count: 407)
    try writeImages(folder, "test", count: 37)
    let path = "\(folder.path)/proof.toml"
    try """
    seed = 3
    [model]
    image_size = [16, 16]
    patch_size = [1, 1]
    d_model = 256
    d_ffn = 512
    num_layers = 1
    num_classes = 4
    survival_probability = 0.8
    [data]
    train = ["train-images", "train-labels"]
    test = ["test-images", "test-labels"]
    [train]
    steps = \(steps)
    global_batch_size = 23
    micro_batch_size = 1
    label_smoothing = 0.1
    ema_decay = 0.9
    bucket_mb = 0.3
    checkpoint_every = 10
    [optimizer]
    learning_rate = 3e-3
    grad_clip = 0.5
    [schedule]
    warmup_steps = 5
    [augment]
    crop_padding = 2
    horizontal_flip = true
    """.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  static func train(
    _ configuration: String, in folder: TemporaryFolder, ranks: Int, threads: Int,
    _ assignments: [String] = []
  ) async throws -> (run: FinishedRun, path: String) {
    let path = "\(folder.path)/run-\(ranks)-\(threads)-\(UUID().uuidString)"
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: ["--config", configuration, "--run-dir", path, "--threads", "\(threads)"]
        + assignments.flatMap { ["--set", $0] },
      ranks: ranks == 1 ? nil : ranks)
    #expect(run.exitCode == 0, "\(run.standardError)")
    return (try FinishedRun(path, step: steps), path)
  }

  private static let references = References<Reference>()

  /// What one process with one thread ends with.
  struct Reference: Sendable {
    let run: FinishedRun
    /// Of all steps, in their order.
    let losses: [Double]
  }

  /// Trains in one process with one thread, once for all tests.
  static func reference(_ assignments: [String]) async throws -> Reference {
    try await references.outcome(assignments) {
      let folder = try TemporaryFolder()
      let (run, path) = try await train(
        writeConfiguration(folder), in: folder, ranks: 1, threads: 1, assignments)
      return Reference(run: run, losses: try FinishedRun.losses(path))
    }
  }

  /// The precisions that this build and this processor have.
  static let precisions: [Precision] = BFloat16.isFast ? Precision.allCases : [.fp32]

  @Test(
    "One digest for 1 to 8 ranks of 1 or 2 threads; another for another seed",
    arguments: precisions)
  func anyNumberOfWorkers(precision: Precision) async throws {
    #expect(ReductionTree<Void>.nodes(covering: 0..<11, leaves: 23).count == 3)
    let folder = try TemporaryFolder()
    let configuration = try Self.writeConfiguration(folder)
    let wanted = ["train.precision=\(precision)"]
    let reference = try await Self.reference(wanted)
    #expect(reference.run.files.count == 3)
    #expect(reference.run.metrics.count == Self.steps + 2 + 1)
    for (ranks, threads) in [(1, 2), (2, 2), (3, 1), (4, 2), (5, 1), (6, 2), (7, 1), (8, 2)] {
      let other = try await Self.train(
        configuration, in: folder, ranks: ranks, threads: threads, wanted)
      #expect(other.run == reference.run, "\(ranks) ranks × \(threads) threads")
    }
    let losses = reference.losses
    let (first, last) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
    #expect(last < 0.9 * first, "\(losses)")
    let seeded = try await Self.train(
      configuration, in: folder, ranks: 2, threads: 1, wanted + ["seed=4"])
    #expect(seeded.run.files["model.safetensors"] != reference.run.files["model.safetensors"])
  }

  @Test(
    "Libraries that multiply give one digest each for any number of workers",
    arguments: ProductLibrary.available.filter { $0 != .portable }, precisions)
  func libraries(products: ProductLibrary, precision: Precision) async throws {
    let folder = try TemporaryFolder()
    let configuration = try Self.writeConfiguration(folder)
    let wanted = ["train.products=\(products.rawValue)", "train.precision=\(precision)"]
    let reference = try await Self.train(configuration, in: folder, ranks: 1, threads: 1, wanted)
    for (ranks, threads) in [(1, 2), (3, 2), (8, 1)] {
      let other = try await Self.train(
        configuration, in: folder, ranks: ranks, threads: threads, wanted)
      #expect(other.run == reference.run, "\(ranks) ranks × \(threads) threads")
    }
  }

  @Test(
    "bf16 computes other bits than fp32",
    .enabled(if: BFloat16.isFast, "this processor has no instructions for bf16"))
  func precisionsDiffer() async throws {
    var digests: Set<String> = []
    for precision in Precision.allCases {
      let reference = try await Self.reference(["train.precision=\(precision)"])
      digests.insert(try #require(reference.run.files["model.safetensors"]))
    }
    #expect(digests.count == 2)
  }

  @Test("More workers than micro-batches, and another size of buckets")
  func idleWorkers() async throws {
    let folder = try TemporaryFolder()
    let configuration = try Self.writeConfiguration(folder)
    let small = ["train.global_batch_size=13"]
    let reference = try await Self.train(configuration, in: folder, ranks: 1, threads: 1, small)
    let idle = try await Self.train(
      configuration, in: folder, ranks: 8, threads: 2, small + ["train.bucket_mb=2"])
    #expect(idle.run == reference.run)
  }

  @Test("A sum whose order depends on the ranks is detected")
  func plantedOrder() async throws {
    let folder = try TemporaryFolder()
    let configuration = try Self.writeConfiguration(folder)
    let planted = ["train.reduction=mpi"]
    let one = try await Self.train(configuration, in: folder, ranks: 1, threads: 1, planted)
    let three = try await Self.train(configuration, in: folder, ranks: 3, threads: 1, planted)
    #expect(one.run.files["model.safetensors"] != three.run.files["model.safetensors"])
    #expect(one.run.metrics != three.run.metrics)
  }
}
