import Configuration
import Kernels
import Memory
import Model
import Saving

/// What a run will ask of its hosts, known before it starts.
struct RunNeeds: Sendable, Equatable {
  /// The memory of the rank that needs most, and of all ranks if they are on one host.
  let memory: MemoryEstimate
  /// Bytes of one checkpoint.
  let checkpointBytes: Int
  /// Bytes of its largest file.
  let largestFileBytes: Int
  /// The checkpoints that are on the disk at once: the newest, the best, and the one in progress.
  let checkpointsAtOnce: Int
  /// Bytes of gradients and weights that a rank alone would send to all others in a step.
  let exchangedBytes: Int
  /// Whether ranks of a host share memory, so that each host exchanges as one.
  let sharesMemory: Bool
  /// Multiplications with addition of one step of all workers.
  let stepMultiplyAdds: Double
  /// The matrix product of the blocks that takes longest, of those that can be measured quickly.
  let largestProduct: MatrixProduct?
  /// The numbers computed with.
  let precision: Precision
  /// What multiplies.
  let products: ProductLibrary
  /// Steps of the run; nil if the data are needed to know.
  let steps: Int?

  /// What `configuration` needs on `ranks` ranks.
  ///
  /// - Parameters:
  ///   - configuration: validated.
  ///   - model: its model.
  ///   - ranks: the number of ranks.
  ///   - sharesMemory: whether those of a host will read each other's gradients in place.
  ///   - ranksOfHosts: how many of them are on each host; nil: not known.
  ///   - dataBytes: what the opened sets hold in memory.
  ///   - steps: steps of the run; nil if the data are needed to know.
  init(
    _ configuration: TrainingConfiguration, _ model: Model, ranks: Int, sharesMemory: Bool,
    ranksOfHosts: [Int]? = nil, dataBytes: Int, steps: Int?
  ) {
    self.sharesMemory = sharesMemory
    let train = configuration.train
    let cost = ModelCost(model)
    let float = MemoryLayout<Float>.stride
    memory = MemoryEstimate(
      configuration, model, ranks: ranks, sharesMemory: sharesMemory, ranksOfHosts: ranksOfHosts,
      dataBytes: dataBytes)
    let files = CheckpointTensor.fileBytes(of: configuration, model.layout).values
    checkpointBytes = files.reduce(0, +)
    largestFileBytes = files.max() ?? 0
    let written = train.checkpointEvery > 0 ? (steps ?? .max - 1) / train.checkpointEvery + 1 : 1
    checkpointsAtOnce = min(train.keep + 2, written)
    let wire = train.wirePrecision == .bf16 ? MemoryLayout<BFloat16>.stride : float
    exchangedBytes = cost.trainableParameters * (wire + float)
    stepMultiplyAdds = Double(cost.trainingMultiplyAdds) * Double(train.globalBatchSize)
    largestProduct = model.blockProducts(
      microBatchSize: train.microBatchSize, subBatchSize: train.subBatchSize
    ).filter(\.isQuick).max { $0.multiplyAdds < $1.multiplyAdds }
    precision = train.precision
    products = train.products.library
    self.steps = steps
  }
}

extension MatrixProduct {
  /// Whether it takes less than about 0.1 s and 100 MB: who looks for a lack of memory makes none.
  fileprivate var isQuick: Bool {
    let elements = rows * terms + terms * columns + rows * columns
    return multiplyAdds < 2_000_000_000 && elements < 25_000_000
  }
}
