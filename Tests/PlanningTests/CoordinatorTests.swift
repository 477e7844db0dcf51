import Testing

@testable import Configuration
@testable import Planning

@Suite("Plans")
struct CoordinatorTests {
  private func coordinator(stopAfter: Int? = nil) throws -> Coordinator {
    var configuration = TrainingConfiguration()
    configuration.train.globalBatchSize = 14
    configuration.train.microBatchSize = 2
    configuration.train.epochs = 3
    configuration.train.checkpointEvery = 4
    return try Coordinator(
      configuration: configuration, trainingSamples: 75, workers: 3, stopAfter: stopAfter)
  }

  @Test("Epochs drop the incomplete last batch and evaluate at their ends")
  func epochs() throws {
    let coordinator = try coordinator()
    #expect(coordinator.stepsPerEpoch == 5)
    #expect(coordinator.steps == 15)
    let plans = (1...15).compactMap { coordinator.plan(step: $0) }
    #expect(plans.map(\.epoch) == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2])
    #expect(plans.prefix(6).map(\.position) == [0, 14, 28, 42, 56, 0])
    #expect(plans.filter(\.evaluates).map(\.step) == [5, 10, 15])
    #expect(plans.filter(\.checkpoints).map(\.step) == [4, 8, 12, 15])
    #expect(plans.filter(\.ends).map(\.step) == [15])
    #expect(coordinator.plan(step: 16) == nil)
  }

  @Test("A warm-up as a share of all steps counts instead of the others")
  func warmupShare() throws {
    var configuration = TrainingConfiguration()
    configuration.train.globalBatchSize = 16
    configuration.train.epochs = 4
    configuration.optimizer.learningRate = 1
    configuration.schedule.kind = .linear
    // Ten steps an epoch.
    for (share, warmup) in [(0.1, 4), (0.06, 2), (1, 40)] {
      configuration.schedule.warmupShare = share
      let coordinator = try Coordinator(
        configuration: configuration, trainingSamples: 169, workers: 1)
      #expect(coordinator.steps == 40)
      let rates = (1...40).compactMap { coordinator.plan(step: $0)?.learningRate }
      #expect(rates[0] == 1 / Double(warmup) && rates[warmup - 1] == 1)
      #expect(rates.dropFirst(warmup).allSatisfy { $0 < 1 })
      #expect(warmup == 40 || rates[39] == 0)
    }
    configuration.schedule.warmupEpochs = 1
    #expect(throws: ConfigurationError.self) { try configuration.validate() }
  }

  @Test("A warm-up in epochs counts instead of one in steps")
  func warmup() throws {
    var configuration = TrainingConfiguration()
    configuration.train.globalBatchSize = 16
    configuration.train.epochs = 4
    configuration.optimizer.learningRate = 1
    configuration.schedule.kind = .constant
    for (epochs, steps) in [(0.0, 117), (1, 10), (2.5, 25), (0.04, 0)] {
      configuration.schedule.warmupEpochs = epochs
      let coordinator = try Coordinator(
        configuration: configuration, trainingSamples: 169, workers: 1)
      let expected = steps > 0 ? 1 / Double(steps) : 1
      #expect(coordinator.plan(step: 1)?.learningRate == expected, "\(epochs)")
    }
  }

  @Test("Stopping early saves, and leaves the schedule alone")
  func stopAfter() throws {
    let whole = try coordinator()
    let stopped = try coordinator(stopAfter: 6)
    #expect(stopped.plan(step: 7) == nil)
    #expect(stopped.plan(step: 6)?.checkpoints == true)
    #expect(stopped.plan(step: 6)?.evaluates == false)
    #expect(stopped.plan(step: 6)?.learningRate == whole.plan(step: 6)?.learningRate)
  }

  @Test("Micro-batches are cut evenly, without gaps, for any number of workers")
  func assignment() {
    for count in [1, 7, 8, 13] {
      for workers in 1...16 {
        let ranges = Coordinator.evenly(count, over: workers)
        #expect(ranges.count == workers)
        #expect(ranges.flatMap(Array.init) == Array(0..<count))
        let lengths = ranges.map(\.count)
        #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) <= 1)
      }
    }
  }

  @Test("A plan survives the way to the other ranks")
  func encoding() throws {
    let plan = try #require(try coordinator().plan(step: 5, transfers: 2))
    #expect(plan.encoded.count == StepPlan.encodedCount(workers: 3))
    #expect(StepPlan(decoding: plan.encoded) == plan)
    #expect(plan.microBatches(of: 1, threads: 1) == 2..<4)
  }

  @Test("A training set smaller than a batch is refused")
  func tooSmall() {
    #expect(throws: ConfigurationError.self) {
      try Coordinator(
        configuration: TrainingConfiguration(), trainingSamples: 127, workers: 1)
    }
  }
}
