import Comm
public import Configuration
import Datasets
import Memory
import Model
import Planning
import Train

/// What a configuration will cost, known before anything starts.
public struct ConfigurationSummary: Sendable, Encodable {
  /// One of the data sets.
  public struct DataSummary: Sendable, Encodable {
    /// Samples.
    public let samples: Int
    /// The digest of the content.
    public let sha256: String
    /// Memory that a rank needs for it.
    public let memoryBytes: Int
  }

  /// The numbers that the model has.
  public let parameters: Int
  /// Those of them that are learned: all but those of frozen tensors.
  public let trainableParameters: Int
  /// What a sample is called: an image, or a sequence.
  public let sample: String
  /// Multiplications with addition of one sample's forward pass.
  public let multiplyAdds: Int
  /// Multiplications with addition of one sample's forward and backward pass.
  public let trainingMultiplyAdds: Int
  /// The peak of memory that training steps take on one rank.
  public let memoryBytesPerRank: Int
  /// The same by purpose.
  public let memory: [String: Int]
  /// What comes on top of it at times, by purpose.
  public let memoryBesideSteps: [String: Int]
  /// All ranks together where they run on one host, with a checkpoint in progress.
  public let memoryBytesOnOneHost: Int
  /// Ranks that the numbers are for.
  public let ranks: Int
  /// Workers in each rank.
  public let threads: Int
  /// Samples a step.
  public let globalBatchSize: Int
  /// Micro-batches a step, V.
  public let microBatches: Int
  /// Steps in one pass over the training set; nil if that could not be opened.
  public let stepsPerEpoch: Int?
  /// Steps in all; nil if the training set is needed to know.
  public let steps: Int?
  /// The training set, if it could be opened.
  public let training: DataSummary?
  /// The test set, if it could be opened.
  public let test: DataSummary?
  /// The digest of the keys that decide the weights.
  public let configurationDigest: String
  /// Why something could not be found out, one line each.
  public let notes: [String]

  /// The parts of the memory, and those on top of it, in a fixed order.
  public let memoryItems:
    (steps: [(name: String, bytes: Int)], beside: [(name: String, bytes: Int)])

  private enum CodingKeys: String, CodingKey {
    case parameters, trainableParameters, multiplyAdds, trainingMultiplyAdds
    case memoryBytesPerRank, memory, memoryBesideSteps
    case memoryBytesOnOneHost, ranks, threads, globalBatchSize, microBatches, stepsPerEpoch, steps
    case training, test, configurationDigest, notes
  }

  /// Summarises a configuration.
  ///
  /// - Parameters:
  ///   - configuration: validated.
  ///   - ranks: the number of ranks to plan for.
  ///   - opensData: whether the data sets are looked at. A set that cannot be opened is a note.
  /// - Throws: `ModelError` or ``ConfigurationError``.
  public init(_ configuration: TrainingConfiguration, ranks: Int, opensData: Bool) throws {
    let asked = configuration
    var configuration = asked.resolved()
    let model = try configuration.makeModel()
    let cost = ModelCost(model)
    var notes: [String] = []
    if !configuration.hasPrecision(of: asked) {
      notes.append(TrainingConfiguration.precisionWarning)
    }
    configuration.data.verify = false
    training = opensData ? Self.open(.train, configuration, &notes) : nil
    test = opensData ? Self.open(.test, configuration, &notes) : nil
    let estimate = MemoryEstimate(
      configuration, model, ranks: ranks,
      sharesMemory: ranks > 1 && configuration.wantsSharedMemory,
      dataBytes: (training?.memoryBytes ?? 0) + (test?.memoryBytes ?? 0))
    parameters = cost.parameters
    trainableParameters = cost.trainableParameters
    multiplyAdds = cost.multiplyAdds
    trainingMultiplyAdds = cost.trainingMultiplyAdds
    sample = configuration.task.oneSample
    memoryBytesPerRank = estimate.total
    memoryItems = (estimate.items, estimate.besideSteps)
    memory = Dictionary(uniqueKeysWithValues: estimate.items.map { ($0.name, $0.bytes) })
    memoryBesideSteps = Dictionary(
      uniqueKeysWithValues: estimate.besideSteps.map { ($0.name, $0.bytes) })
    memoryBytesOnOneHost = estimate.onOneHost
    self.ranks = ranks
    threads = configuration.train.threads
    globalBatchSize = configuration.train.globalBatchSize
    microBatches = configuration.microBatches
    if let training {
      let coordinator = try Coordinator(
        configuration: configuration, trainingSamples: training.samples, workers: ranks * threads)
      (steps, stepsPerEpoch) = (coordinator.steps, coordinator.stepsPerEpoch)
    } else {
      steps = configuration.train.steps > 0 ? configuration.train.steps : nil
      stepsPerEpoch = nil
    }
    if ranks * threads > microBatches {
      notes.append(
        "only \(microBatches) of the \(ranks * threads) workers have something to do: a step has "
          + "no more micro-batches")
    }
    configurationDigest = configuration.identityDigest
    self.notes = notes
  }

  private static func open(
    _ split: DatasetSplit, _ configuration: TrainingConfiguration, _ notes: inout [String]
  ) -> DataSummary? {
    do {
      let source = try configuration.task.open(split)
      return DataSummary(
        samples: source.count, sha256: source.digest, memoryBytes: source.memoryBytes)
    } catch {
      notes.append("the \(split == .train ? "training" : "test") set cannot be used: \(error)")
      return nil
    }
  }
}
