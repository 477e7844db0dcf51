import Comm
public import Configuration
public import Datasets
import Faults
package import Kernels
package import Model
package import Optimization
package import Planning
import Profiling
package import Reduction
package import Supervision
package import Synchronization
import Threading

/// The workers of this rank, with the loaders that make their batches ahead of time.
package final class Workers: Sendable {
  package let configuration: TrainingConfiguration
  private let trainingSet: any SampleSource
  package let threads: Int
  package let rank: Int
  private let workers: [Worker]
  private let loaders: [BatchLoader]
  package let arenas: [Arena]
  /// The weights as the blocks' products take them: in bf16 a rounded copy.
  let roundedWeights: Operands
  /// Threads that help others to multiply: the most workers that were ever without micro-batches at once.
  let helpers = Mutex<[ProductHelper]>([])
  /// The main thread's observer, which speaks for all workers.
  let observer: StepObserver
  private let order = Mutex<(epoch: Int, order: EpochOrder)?>(nil)
  package let model: Model

  /// Set when a worker has failed, so that the others stop too.
  package let hasFailed = Atomic(false)

  /// Workers for the training set.
  package init(
    configuration: TrainingConfiguration, model: Model, trainingSet: any SampleSource, rank: Int,
    pool: GradientPool, observer: StepObserver
  ) throws {
    self.configuration = configuration
    self.model = model
    self.trainingSet = trainingSet
    self.rank = rank
    self.observer = observer
    let train = configuration.train
    threads = train.threads
    loaders = try (0..<threads).map { _ in
      try BatchLoader(
        source: trainingSet,
        configuration.batchSettings(.training(seed: configuration.seed)))
    }
    arenas = (0..<threads).map { number in
      model.makeArena(
        microBatchSize: train.microBatchSize, subBatchSize: train.subBatchSize,
        interleavedSamples: train.interleavedSamples,
        clock: observer.kernelClock(ofWorker: number))
    }
    roundedWeights = model.makeOperands()
    workers = (0..<threads).map { [loaders, arenas, roundedWeights] number in
      Worker(
        number: number, model: model, arena: arenas[number], roundedWeights: roundedWeights,
        loader: loaders[number], pool: pool, microBatchesAtOnce: train.interleavedMicroBatches,
        observer: observer.ofWorker(number))
    }
  }

  /// Has the loaders make the batches of `plan`.
  ///
  /// Callable from any thread.
  package func prefetch(_ plan: StepPlan) {
    let epochOrder = order.withLock { cached in
      if let cached, cached.epoch == plan.epoch { return cached.order }
      let order = EpochOrder(
        seed: configuration.seed, epoch: plan.epoch, count: trainingSet.count,
        repeats: configuration.repeats)
      cached = (plan.epoch, order)
      return order
    }
    let size = configuration.train.microBatchSize
    for (number, loader) in loaders.enumerated() {
      for microBatch in plan.assignment[rank * threads + number] {
        let first = plan.position + microBatch * size
        loader.request(
          BatchRequest(
            samples: epochOrder[first..<first + size], epoch: plan.epoch, step: plan.step,
            microBatch: microBatch))
      }
    }
  }

  /// Has the loaders make the batches of `plan` again, after dropping those of `next`.
  ///
  /// - Throws: what the loader throws.
  func rewind(to plan: StepPlan, before next: StepPlan?) throws {
    for (number, loader) in loaders.enumerated() {
      for _ in next?.assignment[rank * threads + number] ?? 0..<0 { _ = try loader.next() }
    }
    prefetch(plan)
  }

  /// Takes the batches of `plan`, which nobody computes with.
  ///
  /// - Throws: what the loader throws.
  func skipBatches(of plan: StepPlan) throws {
    for (number, loader) in loaders.enumerated() {
      for _ in plan.assignment[rank * threads + number] { _ = try loader.next() }
    }
  }

  /// The seconds that each worker computed in the last step, without its waits for weights.
  var computeSeconds: [Double] { workers.map(\.computeSeconds) }

  /// The size of the training set.
  package var trainingSamples: Int { trainingSet.count }

  /// Computes this rank's micro-batches of `plan` with random numbers of `seed`: see ``GradientComputation``.
  func compute(
    _ plan: StepPlan, weights: FloatBuffer, _ arriving: ArrivingWeights, debug: Bool,
    seed: UInt64, into accumulator: RankAccumulator
  ) throws -> [MicroBatchResult]? {
    let settings = StepSettings(
      step: plan.step, seed: seed, labelSmoothing: Float(configuration.train.labelSmoothing),
      debug: debug)
    if !arriving.areRoundedOnArrival {
      observer.note(.gather)
      try arriving.wait()
      observer.leave()
      try roundWeights(weights)
    }
    let own = plan.assignment[rank * threads..<(rank + 1) * threads]
    return try onEachWorker(microBatches: own.map(\.count)) { [self] number in
      try workers[number].compute(
        plan.assignment[rank * threads + number], step: settings, weights: weights, arriving,
        into: accumulator, isCancelled: { hasFailed.load(ordering: .relaxed) })
    }?.flatMap { $0 }
  }

  /// Lends one helper for each worker that has no micro-batch to the workers that have one.
  private func lendIdleWorkers(microBatches counts: [Int]) throws {
    guard model.products.canShareProducts else { return }
    let busy = zip(arenas, counts).compactMap { $1 == 0 ? nil : $0 }
    try helpers.withLock { helpers in
      let idle = busy.isEmpty ? 0 : threads - busy.count
      // Under a tight limit on memory the stacks and heaps of workers and loaders come first.
      while helpers.count < idle && MemoryLimits.leave(1 << 28) {
        helpers.append(try ProductHelper())
      }
      helpers.prefix(idle).share(among: busy)
    }
  }

  /// Rounds the weights in `range`, if the blocks compute in bf16.
  ///
  /// Callable from any thread while no worker needs them.
  package func round(_ weights: FloatBuffer, _ range: Range<Int>) {
    roundedWeights.update(from: weights, range)
  }

  /// Rounds all weights, if the blocks compute in bf16; each thread does a part.
  func roundWeights(_ weights: FloatBuffer) throws {
    if model.precision == .fp32 { return }
    observer.charge(.rounding)
    defer { observer.leave() }
    try concurrently(threads) { [self] thread in
      let count = weights.count
      roundedWeights.update(
        from: weights, count * thread / threads..<count * (thread + 1) / threads)
    }
  }

  /// Runs `body` for every worker at once.
  ///
  /// - Parameters:
  ///   - counts: the micro-batches of each worker; one that has none helps the others to multiply.
  ///   - body: receives the number of the worker.
  /// - Returns: the results of each worker, or nil if one of them was asked to stop.
  /// - Throws: the error of the first that failed; the others hear of it by `hasFailed`.
  package func onEachWorker(
    microBatches counts: [Int], _ body: @escaping @Sendable (Int) throws -> [MicroBatchResult]?
  ) throws -> [[MicroBatchResult]]? {
    try lendIdleWorkers(microBatches: counts)
    // A helper must not belong to two arenas, and others are idle next time.
    defer { for arena in arenas { arena.share(with: []) } }
    let results = Mutex<[[MicroBatchResult]?]>(Array(repeating: nil, count: threads))
    try concurrently(threads) { [self] number in
      do {
        let result = try body(number)
        results.withLock { $0[number] = result }
      } catch {
        hasFailed.store(true, ordering: .relaxed)
        throw error
      }
    }
    let all = results.withLock { $0 }
    return all.contains { $0 == nil } ? nil : all.map { $0 ?? [] }
  }
}

/// Computes a rank's part of a gradient.
package protocol GradientComputation: Sendable {
  /// Computes this rank's micro-batches of `plan`.
  ///
  /// - Parameters:
  ///   - plan: the step.
  ///   - weights: the flat buffer.
  ///   - arriving: which of the updated weights have arrived.
  ///   - debug: whether every activation and gradient is checked.
  ///   - accumulator: receives the sums of gradients.
  /// - Throws: what the loader, the model or the communication throws.
  /// - Returns: their results in order, or nil if the run is to stop.
  func compute(
    _ plan: StepPlan, weights: FloatBuffer, _ arriving: ArrivingWeights, debug: Bool,
    into accumulator: RankAccumulator
  ) throws -> [MicroBatchResult]?
}

extension Workers: GradientComputation {
  package func compute(
    _ plan: StepPlan, weights: FloatBuffer, _ arriving: ArrivingWeights, debug: Bool,
    into accumulator: RankAccumulator
  ) throws -> [MicroBatchResult]? {
    try compute(
      plan, weights: weights, arriving, debug: debug, seed: configuration.seed, into: accumulator)
  }
}

extension TrainingConfiguration {
  /// What is done to samples on their way into a batch.
  package func batchSettings(_ use: BatchSettings.Use) -> BatchSettings {
    var settings = BatchSettings(use)
    settings.normalization = normalization
    settings.augmentation = augment
    settings.augmentation.repeats = repeats
    settings.predictions = model.predictions
    settings.wholeWords = data.wholeWords
    return settings
  }

  /// How many times in a row an epoch visits a sample.
  package var repeats: Int { task.repeats }

  /// The normalisation of pixels, with one mean and deviation a channel.
  public var normalization: Normalization {
    func channels(_ values: [Double]) -> [Float] {
      let floats = values.map { Float($0) }
      return floats.count == 1 ? Array(repeating: floats[0], count: model.channels) : floats
    }
    return Normalization(mean: channels(data.mean), std: channels(data.std))
  }
}

extension ArraySlice<ProductHelper> {
  /// Divides the helpers evenly among the owners of `arenas`.
  ///
  /// What is left over is not used: a step waits for the worker that has the fewest.
  package func share(among arenas: [Arena]) {
    guard !arenas.isEmpty else { return }
    let each = count / arenas.count
    for (index, arena) in arenas.enumerated() {
      arena.share(with: Array(dropFirst(index * each).prefix(each)))
    }
  }
}
