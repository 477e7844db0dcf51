import Batches
import Comm
import Configuration
import Datasets
import Model
import Planning
import Reduction
import RunSupport
import Supervision
import Synchronization
import TestSupport
import Testing

@testable import Kernels
@testable import Train

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

  @Test("They help in an evaluation too, and change no bit", arguments: [Precision.fp32, .bf16])
  func evaluation(precision: Precision) throws {
    var configuration = TrainingConfiguration()
    configuration.data.format = .digits
    (configuration.data.train, configuration.data.test) = ([], [])
    (configuration.model.imageSize, configuration.model.patchSize) = ([8, 8], [2, 2])
    (configuration.model.dModel, configuration.model.dFFN, configuration.model.numLayers) = (
      64, 128, 1
    )
    // 359 samples are two micro-batches.
    configuration.train.microBatchSize = 300
    configuration.train.precision = precision
    configuration.train.products = .portable
    let inputs = try TrainingInputs(configuration)
    let weights = FloatBuffer(count: inputs.model.layout.count)
    inputs.model.initializeWeights(weights, seed: 1)
    let communication = try CommunicationThread(LaunchEnvironment { _ in nil }, computeThreads: 1)
    let activity = RankActivity(communication.heartbeats, rank: 0)
    func evaluate(ranks: Int, threads: Int) throws -> (words: [Double], jobs: Int) {
      configuration.train.threads = threads
      var (words, jobs): ([Double], Int) = ([], 0)
      for rank in 0..<ranks {
        let workers = try Workers(
          configuration: configuration, model: inputs.model, trainingSet: inputs.testSet,
          rank: rank,
          pool: GradientPool(count: inputs.model.layout.gradientCount),
          observer: StepObserver(profile: nil, activity: activity))
        var pass = try workers.beginEvaluation(
          of: inputs.testSet, assignment: Coordinator.evenly(2, over: ranks * threads),
          weights: weights, keepsOutcomes: false)
        while pass.left.contains(where: { $0 > 0 }) {
          #expect(try workers.evaluate(&pass, next: 1))
        }
        words += pass.results.joined().flatMap(\.words)
        jobs += workers.helpers.withLock { $0.reduce(0) { $0 + $1.finishedJobs } }
      }
      return (words, jobs)
    }
    let alone = try evaluate(ranks: 1, threads: 1)
    #expect(alone.jobs == 0 && !alone.words.isEmpty)
    for (ranks, threads, helps) in [(1, 2, false), (1, 4, true), (2, 3, true), (1, 7, true)] {
      let result = try evaluate(ranks: ranks, threads: threads)
      #expect(result.words == alone.words, "\(ranks) × \(threads)")
      #expect((result.jobs > 0) == helps, "\(ranks) × \(threads)")
    }
    try communication.finalize()
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
