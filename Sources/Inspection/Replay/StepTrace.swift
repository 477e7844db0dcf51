import Batches
import Checkpoints
import Comm
import Configuration
import Datasets
import Digests
import Files
import Kernels
import Model
import Planning
import Platform
import Reduction
import Reporting
import Train
import Transfer

/// What a run computes in one step, as digests: weights, and per micro-batch samples, loss and gradients.
///
/// It is computed here, in one process, from the newest valid checkpoint before the step, or from the initial
/// values where there is none. Two traces of different runs show what differs first.
struct StepTrace {
  /// A micro-batch of the step.
  struct MicroBatch: Equatable {
    /// The numbers of its samples in the training set.
    let samples: [Int]
    /// The digest of what the model gets of each sample.
    let inputs: [String]
    /// The bits of the sum of its losses.
    let loss: UInt64
    /// The digest of each tensor's gradient, in the order of ``StepTrace/gradientTensors``.
    let gradients: [String]
  }

  /// The step.
  let step: Int
  /// The step of the checkpoint that the trace began with; nil for the initial values.
  let checkpointStep: Int?
  /// The digest of all weights before each step, from the first that was replayed to this one.
  let weightsBefore: [Int: String]
  /// The digest of each tensor before the step, in the order of the state dictionary.
  let weights: [(tensor: String, digest: String)]
  /// The tensors that learn, in the order of the backward pass.
  let gradientTensors: [String]
  /// All micro-batches of the step.
  let microBatches: [MicroBatch]
  /// The mean loss of the step.
  let loss: Double

  /// Replays the run in `directory` up to `step` and computes that step.
  ///
  /// - Parameters:
  ///   - directory: the run directory.
  ///   - configuration: that of the run, for a start from the initial values.
  ///   - step: a step that the run has taken.
  ///   - communication: a world of one.
  /// - Throws: `CommandError`, or what a step throws.
  init(
    directory: String, _ configuration: TrainingConfiguration, step: Int,
    _ communication: CommunicationThread
  ) throws {
    let store = CheckpointStore(directory: "\(directory)/checkpoints")
    let checkpoint = try store.newestValid(below: step, reporting: StandardError.write)
    let recorded = try checkpoint?.trainingConfiguration()
    var configuration = recorded ?? configuration
    try configuration.validate()
    guard configuration.resolved() == configuration else {
      throw CommandError(
        "\(directory): was trained in bf16, which this processor or this build cannot compute; "
          + "compare where it was trained, or with --no-replay", exitCode: .badData)
    }
    configuration.train.threads = 1
    configuration.train.recordDigests = false
    var options = TrainingOptions()
    options.resume = .never
    if let checkpoint { options.resume = .from(checkpoint.directory) }
    options.runDirectory = directory
    options.stopAfter = step - 1
    let parts = try TrainingRun.prepare(configuration, options, communication)
    let whole = try Coordinator(
      configuration: configuration, trainingSamples: parts.trainingSet.count, workers: 1)
    guard let plan = whole.plan(step: step) else {
      throw CommandError(
        "\(directory), step \(step): the run has only \(counted(whole.steps, "step"))",
        exitCode: .badData)
    }
    let progress =
      try checkpoint.map { try TrainingRun.load($0, into: parts.weights, parts) }
      ?? TrainingRun.begin(parts, in: parts.weights)
    let trainer = try Trainer(
      parts, progress: progress, saver: TrainingRun.silentSaver(parts),
      report: Report(metrics: nil, display: nil))
    let layout = parts.model.layout
    let learning = layout.learning.sorted { $0.range.lowerBound < $1.range.lowerBound }
    let inputs = try BatchDigests(parts, plan)
    var before: [Int: String] = [:]
    var results: [MicroBatchResult] = []
    microBatches = try trainer.endingWork { () -> [MicroBatch] in
      try trainer.takeSteps(before: step) { next in
        before[next] = parts.weights.digest(of: layout.parameters)
      }
      return try (0..<configuration.microBatches).map { number -> MicroBatch in
        let (result, gradients) = try trainer.gradient(of: number, in: plan, learning)
        results.append(result)
        return MicroBatch(
          samples: inputs.samples(of: number), inputs: try inputs.digests(of: number),
          loss: result.lossSum.bitPattern, gradients: gradients)
      }
    }
    self.step = step
    checkpointStep = checkpoint?.state.step
    weightsBefore = before
    weights = layout.parameters.map { (tensor: $0.name, digest: parts.weights.digest(of: [$0])) }
    gradientTensors = learning.map(\.name)
    loss = MicroBatchResult.total(results).loss
  }
}

extension Trainer {
  /// Computes one micro-batch of `plan` with the weights as they are.
  ///
  /// - Parameters:
  ///   - number: of the micro-batch in its step.
  ///   - plan: the step; who computes its other micro-batches does not matter.
  ///   - parameters: the tensors whose gradients are wanted.
  /// - Throws: ``ReplayError`` if the process was asked to stop, or what a step throws.
  /// - Returns: its loss, and the digests of the gradients.
  fileprivate func gradient(
    of number: Int, in plan: StepPlan, _ parameters: [Parameter]
  ) throws -> (result: MicroBatchResult, digests: [String]) {
    var alone = plan
    alone.assignment = [number..<number + 1]
    workers.prefetch(alone)
    let accumulator = RankAccumulator(
      workers: 1, microBatches: configuration.microBatches, buckets: gradientBuckets.buckets
    ) { _, _ in }
    guard
      let results = try computation.compute(
        alone, weights: weights, arriving, debug: false, into: accumulator)
    else { throw ReplayError.stopped }
    let buffers = accumulator.buffers
    precondition(buffers.count == 1, "\(buffers.count) gradients of one micro-batch")
    return (
      MicroBatchResult.total(results), parameters.map { buffers[0].digest(of: [$0]) }
    )
  }
}

extension FloatBuffer {
  /// The digest of these tensors, one after the other.
  fileprivate func digest(of parameters: [Parameter]) -> String {
    var digest = SHA256()
    for parameter in parameters {
      withSpan(parameter.range) { digest.update($0) }
    }
    return digest.hexadecimal
  }
}

/// Digests of what the model gets in a step.
private struct BatchDigests {
  private let maker: any BatchMaker
  private let order: EpochOrder
  private let plan: StepPlan
  private let size: Int
  private let repeats: Int

  init(_ parts: TrainingParts, _ plan: StepPlan) throws {
    let configuration = parts.configuration
    maker = parts.trainingSet.batchMaker(
      configuration.batchSettings(.training(seed: configuration.seed)))
    order = EpochOrder(
      seed: configuration.seed, epoch: plan.epoch, count: parts.trainingSet.count,
      repeats: configuration.repeats)
    self.plan = plan
    size = configuration.train.microBatchSize
    repeats = configuration.repeats
  }

  private func visits(of microBatch: Int) -> [Int] {
    let first = plan.position + microBatch * size
    return order[first..<first + size]
  }

  /// The numbers of the samples of a micro-batch in the training set.
  func samples(of microBatch: Int) -> [Int] { visits(of: microBatch).map { $0 / repeats } }

  /// The digest of each sample of a micro-batch, with its labels and what it is mixed with.
  func digests(of microBatch: Int) throws -> [String] {
    let batch = try maker.makeBatch(
      BatchRequest(
        samples: visits(of: microBatch), epoch: plan.epoch, step: plan.step,
        microBatch: microBatch))
    return batch.samples.indices.map { batch.digest(ofSample: $0) }
  }
}

extension Batch {
  fileprivate func digest(ofSample index: Int) -> String {
    var digest = SHA256()
    switch content {
    case .images(let values):
      digest.update(values.part(index, of: samples.count).span)
    case .text(let tokens, let positions):
      digest.update(tokens.part(index, of: samples.count).span)
      digest.update(positions.part(index, of: samples.count).span)
    }
    digest.update(labels.part(index, of: samples.count).span)
    if !partners.isEmpty {
      let label = [partners[index].label]
      let share = [partners[index].share.bitPattern]
      digest.update(label.span)
      digest.update(share.span)
    }
    return digest.hexadecimal
  }
}

extension Array {
  /// Part `index` of `count` equal ones.
  fileprivate func part(_ index: Int, of count: Int) -> ArraySlice<Element> {
    let size = self.count / count
    return self[index * size..<(index + 1) * size]
  }
}
