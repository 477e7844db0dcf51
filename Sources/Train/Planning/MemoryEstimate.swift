internal import Kernels
public import Model

/// The memory that training will take on one rank, known before anything starts.
///
/// Every buffer of the program that grows with the model or the data is counted; the program
/// itself, MPI and BLAS come on top as ``program``. Files that are mapped are not counted: their
/// pages are the system's, and all ranks of a host share them.
public struct MemoryEstimate: Sendable, Equatable {
  /// The program, its libraries and their own buffers, measured with a tiny model and the
  /// release build; a debug build takes 8 MB more.
  private static let programBytes = (alone: 28_000_000, underMPI: 37_000_000)

  /// Weights, which every rank holds, and in bf16 their rounded copy.
  public let weights: Int
  /// Sums of gradients: the workers' nodes, and the owned pieces.
  public let gradients: Int
  /// The owned moments, and the average if there is one.
  public let optimizer: Int
  /// What all workers keep between forward and backward, and their batches.
  public let activations: Int
  /// Copies for a checkpoint under way.
  public let checkpoint: Int
  /// Buffers of the exchange with other ranks.
  ///
  /// In shared memory they are the others' gradients as far as this rank reads them; the pages count
  /// for the others too, as those of the weights do.
  public let exchange: Int
  /// Data sets that are held unpacked.
  public let data: Int
  /// The program, its libraries and their own buffers.
  public let program: Int

  /// The parts with their names, in bytes.
  public var items: [(name: String, bytes: Int)] {
    [
      ("weights", weights), ("gradients", gradients), ("optimizer", optimizer),
      ("activations", activations), ("checkpoint", checkpoint), ("exchange", exchange),
      ("data", data), ("program", program),
    ]
  }

  /// All of it, in bytes.
  public var total: Int { items.reduce(0) { $0 + $1.bytes } }

  /// The estimate for the rank that needs most, rank zero.
  ///
  /// - Parameters:
  ///   - configuration: validated.
  ///   - model: its model.
  ///   - ranks: the number of ranks.
  ///   - sharesMemory: whether they read each other's gradients in place.
  ///   - dataBytes: what the opened sets hold in memory.
  public init(
    _ configuration: TrainingConfiguration, _ model: Model, ranks: Int, sharesMemory: Bool,
    dataBytes: Int
  ) {
    let train = configuration.train
    let float = MemoryLayout<Float>.stride
    let count = model.layout.count
    let buckets = GradientBuckets(count: count, megabytes: train.bucketMB, ranks: ranks)
    let owned = (0..<ranks).map { buckets.ownedCount(of: $0) }.max() ?? 0
    let groups = train.emaDecay > 0 ? 3 : 2
    let held = Self.gradientsHeld(configuration, ranks: ranks).max() ?? 0
    let operand = train.precision == .bf16 ? MemoryLayout<BFloat16>.stride : 0
    weights = count * (float + operand)
    // A rank alone updates from its own sum, and exchanges nothing.
    gradients = (held * count + (ranks > 1 ? owned : 0)) * float
    optimizer = groups * owned * float
    activations =
      train.threads
      * (ModelCost(model).arenaBytes(
        microBatchSize: train.microBatchSize, subBatchSize: train.subBatchSize)
        + 4 * train.microBatchSize * model.configuration.inputElements * float)
    checkpoint = (count + groups * owned) * float
    let nodes = Self.nodeCounts(configuration, ranks: ranks)
    let longest = buckets.buckets.map(\.count).max() ?? 0
    exchange =
      ranks == 1
      ? 0
      : sharesMemory
        ? (nodes.reduce(0, +) - (nodes.min() ?? 0)) * owned * float
        : 2 * max(nodes[0], 1) * longest * float
    data = dataBytes
    program = ranks > 1 ? Self.programBytes.underMPI : Self.programBytes.alone
  }

  /// The most gradient buffers that each rank's workers hold at once.
  static func gradientsHeld(_ configuration: TrainingConfiguration, ranks: Int) -> [Int] {
    let threads = configuration.train.threads
    let workers = Coordinator.evenly(configuration.microBatches, over: ranks * threads)
    return (0..<ranks).map { rank in
      workers[rank * threads..<(rank + 1) * threads]
        .reduce(0) { $0 + buffersHeld(by: $1, leaves: configuration.microBatches) }
    }
  }

  /// The nodes that each rank contributes to the exchange.
  private static func nodeCounts(_ configuration: TrainingConfiguration, ranks: Int) -> [Int] {
    let leaves = configuration.microBatches
    return Coordinator.evenly(leaves, over: ranks).map {
      CanonicalSum<Void>.nodes(covering: $0, leaves: leaves).count
    }
  }

  /// Bytes as whole megabytes (10⁶), rounded up.
  public static func megabytes(_ bytes: Int) -> Int { (bytes + 999_999) / 1_000_000 }

  /// The most gradient buffers that a worker with these micro-batches holds at once.
  private static func buffersHeld(by microBatches: Range<Int>, leaves: Int) -> Int {
    var sum = CanonicalSum<Void>(leaves: leaves)
    var most = 0
    for leaf in microBatches {
      most = max(most, sum.nodes.count + 1)
      _ = sum.push(TreeNode(leaf: leaf), ())
    }
    return most
  }
}
