import Batches
import Model
import RunSupport
import TestSupport
import Testing
import Train

@testable import Kernels

/// Workers for which a step has no micro-batch.
@Suite("Idle workers", .tags(.mpi, .slow), .timeLimit(.minutes(60)))
struct IdleWorkerTests {
  @Test("Helpers are divided evenly, and those that are left over do nothing")
  func division() throws {
    var configuration = ModelConfiguration()
    (configuration.dModel, configuration.dFFN, configuration.numLayers) = (128, 256, 1)
    let model = try Model(configuration)
    let arenas = (0..<2).map { _ in model.makeArena(microBatchSize: 1) }
    let helpers = try (0..<3).map { _ in try ProductHelper() }
    helpers[...].share(among: arenas)
    let weights = FloatBuffer(count: model.layout.count)
    model.initializeWeights(weights, seed: 1)
    let images = [Float](repeating: 0.5, count: configuration.inputElements)
    for (number, arena) in arenas.enumerated() {
      _ = model.logits(
        .images(images), count: 1, weights: weights, operands: model.makeOperands(), arena: arena)
      #expect((0..<3).filter { helpers[$0].finishedJobs > 0 } == Array(0...number))
    }
  }

  @Test(
    "They help to multiply, and the bits stay", arguments: ["fp32", "bf16"])
  func bits(precision: String) async throws {
    let runs = try DigitsRuns()
    // One micro-batch of 104 samples a step, wide enough for its products to be shared.
    let settings = [
      "--set", "train.micro_batch_size=104", "--set", "train.products=portable", "--set",
      "train.precision=\(precision)", "--set", "model.d_model=64", "--set", "model.d_ffn=128",
    ]
    #expect(try await runs.train("alone", settings).exitCode == 0)
    let expected = try runs.finished("alone").files
    for (ranks, threads) in [(nil, 2), (nil, 5), (2, 3)] as [(Int?, Int)] {
      let name = "\(ranks ?? 1)-\(threads)"
      let run = try await runs.train(name, ranks: ranks, settings + ["--threads", "\(threads)"])
      #expect(run.exitCode == 0, "\(run)")
      #expect(try runs.finished(name).files == expected, "\(name)")
    }
  }
}
