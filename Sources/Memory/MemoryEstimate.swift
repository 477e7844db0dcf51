import Comm
public import Configuration
import Kernels
public import Model
import Planning
import Reduction
import Saving
import Threading

/// The memory that training will take on one rank, known before anything starts.
///
/// It is the peak of the rank's resident set as the system counts it. Pages that ranks on one host
/// share count for each rank that uses them: the weights, and the others' gradients that it reads.
/// ``onOneHost`` counts them once. Pages of mapped shards are not counted: the system takes them back
/// when it needs room.
public struct MemoryEstimate: Sendable, Equatable {
  /// Weights, and in bf16 their rounded copy.
  public let weights: Int
  /// Sums of gradients: the workers' nodes, and the owned pieces.
  public let gradients: Int
  /// What the optimizer keeps for the owned weights, and their average if there is one.
  public let optimizer: Int
  /// What all workers keep between forward and backward, operands that OpenBLAS takes widened, and tables.
  public let activations: Int
  /// Images that wait for the workers, or that they compute with.
  public let batches: Int
  /// The others' gradients as far as this rank reads them, or room for messages.
  public let exchange: Int
  /// Data sets that are held unpacked.
  public let data: Int
  /// The program, its libraries and their own buffers.
  public let program: Int
  /// On top of the training steps: what is copied for a checkpoint.
  public let checkpoint: Int
  /// On top of the training steps: the batches of an evaluation.
  public let evaluation: Int
  /// All ranks together where they run on one host, with a checkpoint in progress.
  public let onOneHost: Int
  /// Whether ranks of a host share weights and gradients.
  private let sharesMemory: Bool
  /// What each rank has for itself, and what those of a host have once, with a checkpoint in progress.
  private let perRank: Int
  private let perHost: Int

  /// The parts that training steps take, with their names, in bytes.
  public var items: [(name: String, bytes: Int)] {
    [
      ("weights", weights), ("gradients", gradients), ("optimizer", optimizer),
      ("activations", activations), ("batches", batches), ("exchange", exchange), ("data", data),
      ("program", program),
    ]
  }

  /// What comes on top of the training steps, with its names, in bytes.
  public var besideSteps: [(name: String, bytes: Int)] {
    [("checkpoint", checkpoint), ("evaluation", evaluation)]
  }

  /// The peak of training steps, in bytes.
  public var total: Int { items.reduce(0) { $0 + $1.bytes } }

  /// The same with all that can come on top of it.
  public var peak: Int { besideSteps.reduce(total) { $0 + $1.bytes } }

  /// So many ranks together on one of several hosts, with a checkpoint in progress.
  package func onHost(ranks: Int) -> Int {
    sharesMemory ? ranks * perRank + perHost : ranks * peak
  }

  /// Bytes of address space that a run takes on top of the started program, with its threads' stacks.
  ///
  /// Data that are held are left out where ``data`` is 0.
  package func bytesToCome(threads: Int) -> Int {
    // Beside the workers: a watch, the loader, the writer of checkpoints, and theirs; and a helper for each worker but
    // one, where workers have no micro-batch.
    peak - program + (2 * threads + 5) * BackgroundThread.stackBytes
  }

  /// The estimate for the rank that needs most.
  ///
  /// - Parameters:
  ///   - configuration: validated.
  ///   - model: its model.
  ///   - ranks: the number of ranks.
  ///   - sharesMemory: whether those of a host read each other's gradients in place.
  ///   - ranksOfHosts: how many of them are on each host; nil: all on one.
  ///   - dataBytes: what the opened sets hold in memory.
  public init(
    _ configuration: TrainingConfiguration, _ model: Model, ranks: Int, sharesMemory: Bool,
    ranksOfHosts: [Int]? = nil, dataBytes: Int
  ) {
    let train = configuration.train
    let float = MemoryLayout<Float>.stride
    let (count, learning) = (model.layout.count, model.layout.gradientCount)
    let buckets = GradientBuckets(
      count: learning, megabytes: train.bucketMB,
      hosts: HostRanks(counts: ranksOfHosts ?? [ranks]))
    let owned = (0..<ranks).map { buckets.ownedCount(of: $0) }.max() ?? 0
    let groups = CheckpointTensor.all(of: configuration).count
    let held = Self.gradientsHeld(configuration, ranks: ranks)
    let rounded = train.precision == .bf16 ? MemoryLayout<BFloat16>.stride : 0
    weights = count * (float + rounded)
    // A rank alone updates from its own sum, and exchanges nothing.
    gradients = ((held.max() ?? 0) * learning + (ranks > 1 ? owned : 0)) * float
    optimizer = groups * owned * float
    activations =
      train.threads
      * (ModelCost(model).arenaBytes(
        microBatchSize: train.microBatchSize, subBatchSize: train.subBatchSize,
        interleavedSamples: train.interleavedSamples)
        + model.widenedBytes(
          microBatchSize: train.microBatchSize, subBatchSize: train.subBatchSize))
      + ModelCost(model).tableBytes
    let batch = train.microBatchSize * model.configuration.inputElements * float
    let workers = ranks * train.threads
    // A worker computes with one batch, or several in turn, while two wait, if it has as many.
    let most = (configuration.microBatches + workers - 1) / workers
    batches = train.threads * min(most + 1, 2 + train.interleavedMicroBatches) * batch
    // The average of the weights uses the room of a gradient, if that is large enough.
    let average = train.emaDecay > 0 && learning < count ? count * float : 0
    evaluation = train.threads * 2 * batch + average
    let staged = sharesMemory ? Self.staged(configuration, buckets) : 0
    exchange = staged + Self.exchanged(configuration, buckets, sharesMemory: sharesMemory)
    data = dataBytes
    let program = Program(train, underMPI: ranks > 1)
    self.program = program.bytes
    // What rank zero receives at once of what others own.
    let received = min(groups * (learning - owned), CheckpointTransfer.partElements)
    let ownCopies = groups * owned * float
    let zeroCopies = (count + received) * float
    checkpoint = ownCopies + zeroCopies

    let sharedWeights = sharesMemory ? count * float : 0
    let own =
      weights - sharedWeights + gradients + optimizer + activations + batches + data
      + program.buffers + evaluation + ownCopies + (sharesMemory ? staged : exchange)
    self.sharesMemory = sharesMemory
    perRank = own
    perHost = sharedWeights + program.files + zeroCopies
    onOneHost = ranks * perRank + perHost
  }

  /// The most gradient buffers that each rank's workers hold at once.
  ///
  /// - Parameters:
  ///   - configuration: validated.
  ///   - ranks: the number of ranks.
  ///   - atMost: for any cut of the micro-batches, as when some are moved to other workers; else for
  ///     an even one.
  /// - Returns: one number a rank.
  package static func gradientsHeld(
    _ configuration: TrainingConfiguration, ranks: Int, atMost: Bool = false
  ) -> [Int] {
    let threads = configuration.train.threads
    if atMost {
      // A range of the tree's leaves is made up of at most two nodes of each size.
      let leaves = configuration.microBatches
      let levels = Int.bitWidth - leaves.leadingZeroBitCount
      let most = min(2 * levels + configuration.train.interleavedMicroBatches, leaves)
      return Array(repeating: threads * most, count: ranks)
    }
    let workers = Coordinator.evenly(configuration.microBatches, over: ranks * threads)
    return (0..<ranks).map { rank in
      workers[rank * threads..<(rank + 1) * threads]
        .reduce(0) { $0 + buffersHeld(by: $1, configuration) }
    }
  }

  /// Bytes of gradients that a rank reads of the others, or of messages beside the gradients.
  private static func exchanged(
    _ configuration: TrainingConfiguration, _ buckets: GradientBuckets, sharesMemory: Bool
  ) -> Int {
    let ranks = buckets.ranks
    if ranks == 1 { return 0 }
    let leaves = configuration.microBatches
    let nodes = Coordinator.evenly(leaves, over: ranks).map {
      ReductionTree<Void>.nodes(covering: $0, leaves: leaves).count
    }
    let others = nodes.reduce(0, +) - (nodes.min() ?? 0)
    if sharesMemory {
      let owned = (0..<ranks).map(buckets.ownedCount).max() ?? 0
      return others * owned * MemoryLayout<Float>.stride
    }
    // So many are on their way at once, at most the longest of them.
    let underWay = buckets.buckets.map(\.count).sorted(by: >)
      .prefix(CommunicationThread.exchangeLimit).reduce(0, +)
    let arriving = others * underWay / ranks
    let leaving = (nodes.max() ?? 0) * underWay
    let half = configuration.train.wirePrecision == .bf16 ? MemoryLayout<BFloat16>.stride : 0
    return arriving * (MemoryLayout<Float>.stride + half) + leaving * half
  }

  /// Bytes of what a rank has added up for other hosts, and of what arrives from them, where ranks of a host share
  /// memory.
  private static func staged(
    _ configuration: TrainingConfiguration, _ buckets: GradientBuckets
  ) -> Int {
    let others = buckets.hosts.count - 1
    if others == 0 { return 0 }
    let pieces = buckets.buckets.indices.map { bucket in
      (0..<buckets.ranks).map { buckets.piece(of: bucket, rank: $0).count }.max() ?? 0
    }
    let underWay = pieces.sorted(by: >).prefix(CommunicationThread.exchangeLimit).reduce(0, +)
    let half = configuration.train.wirePrecision == .bf16 ? MemoryLayout<BFloat16>.stride : 0
    return 2 * others * underWay * (MemoryLayout<Float>.stride + half)
  }

  /// Bytes as whole megabytes (10⁶), rounded up.
  public static func megabytes(_ bytes: Int) -> Int { (bytes + 999_999) / 1_000_000 }

  /// The most gradient buffers that a worker with these micro-batches holds at once.
  private static func buffersHeld(
    by microBatches: Range<Int>, _ configuration: TrainingConfiguration
  ) -> Int {
    var sum = ReductionTree<Void>(leaves: configuration.microBatches)
    var most = 0
    for group in microBatches.groups(of: configuration.train.interleavedMicroBatches) {
      most = max(most, sum.nodes.count + group.count)
      for leaf in group { _ = sum.push(TreeNode(leaf: leaf), ()) }
    }
    return most
  }
}

extension MemoryEstimate {
  /// What the program takes before it holds a model.
  struct Program: Sendable, Equatable {
    /// Code and constants of the program and its libraries, which ranks on one host share.
    package let files: Int
    /// Buffers of the program, of BLAS, oneDNN and MPI.
    package let buffers: Int

    /// The same for every model.
    ///
    /// Measured with the digits and the release build on Debian 12, which the estimate then met within
    /// 1 MB with 1 to 8 ranks and 1 to 4 threads; a debug build takes 3 MB more. Of the files the kernel maps what it
    /// has at hand in larger pieces, 39 to 52 MB under MPI: this is the middle.
    init(_ train: TrainSettings, underMPI: Bool) {
      files = underMPI ? 44_000_000 : 34_000_000
      let perThread = 400_000
      let kernels = train.precision == .bf16 ? 400_000 : 0
      buffers = (underMPI ? 9_500_000 : 7_200_000) + kernels + train.threads * perThread
    }

    /// All of it in bytes.
    package var bytes: Int { files + buffers }
  }
}
