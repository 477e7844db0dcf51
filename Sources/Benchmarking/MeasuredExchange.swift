import Comm
import Configuration
import Kernels
import Model
import Reduction
import Threading
import Train

/// The exchange of one gradient, ours or the library's, ready to be timed.
final class MeasuredExchange: Sendable {
  /// What is timed.
  enum Kind: Int, CaseIterable, Sendable {
    case ours
    case allreduce
    case allreduceInPlace
  }

  private let buckets: GradientBuckets
  private let shared: SharedBuffers?
  private let reduction: any GradientReduction
  private let tree: TreeReducer
  private let gradient: FloatBuffer
  private let weights: FloatBuffer
  /// The result of `MPI_Allreduce`.
  private let result: FloatBuffer

  /// Whether ours shares memory.
  var sharesMemory: Bool { shared != nil }

  /// An exchange of `count` floats, of one sum per rank; collective.
  init(
    count: Int, _ configuration: TrainingConfiguration, _ communication: CommunicationThread
  ) throws {
    let (rank, ranks) = (communication.rank, communication.size)
    let hosts = try communication.hosts(apart: configuration.train.sharedMemory)
    let buckets = GradientBuckets(
      count: count, megabytes: configuration.train.bucketMB, hosts: hosts)
    let shared =
      configuration.train.sharedMemory
      ? try SharedBuffers.allocate(
        weightCount: count, gradientCount: count, held: Array(repeating: 1, count: ranks),
        hosts: hosts, communication) : nil
    let roundsMessages = configuration.train.wirePrecision == .bf16
    self.buckets = buckets
    self.shared = shared
    reduction =
      shared?.reduction(of: buckets, rank: rank, roundsMessages: roundsMessages)
      ?? OrderedReduction(gradientBuckets: buckets, roundsMessages: roundsMessages)
    tree = TreeReducer(nodes: (0..<ranks).map { [TreeNode(leaf: $0)] }, leaves: ranks)
    gradient = shared?.own[0] ?? FloatBuffer(count: count)
    weights = shared?.weights ?? FloatBuffer(count: count)
    result = FloatBuffer(count: count)
    gradient.withMutableSpan(0..<count) { values in
      for index in values.indices { values[index] = Float(index % 97 + rank) }
    }
  }

  /// The seconds of one exchange on the slowest rank; collective.
  func seconds(
    of kind: Kind, repetitions: Int, _ communicator: borrowing Communicator
  ) throws -> Double {
    // Sums of sums would grow beyond all numbers.
    if kind == .allreduceInPlace { result.zero(0..<result.count) }
    try communicator.barrier()
    let started = ContinuousClock.now
    for _ in 0..<repetitions { try perform(kind, communicator) }
    let seconds = started.duration(to: .now).seconds / Double(repetitions)
    let slowest = try communicator.allReduce(seconds, .max)
    if kind == .ours { checkWeights(ranks: communicator.size) }
    return slowest
  }

  private func perform(_ kind: Kind, _ communicator: borrowing Communicator) throws {
    switch kind {
    case .ours: try exchange(communicator)
    case .allreduce, .allreduceInPlace:
      try communicator.inSilence { try reduceByLibrary(kind, communicator) }
    }
  }

  private func reduceByLibrary(_ kind: Kind, _ communicator: borrowing Communicator) throws {
    let everything = 0..<result.count
    if kind == .allreduceInPlace {
      return try result.withMutableSpan(everything) { try communicator.allReduce(&$0, .sum) }
    }
    try gradient.withSpan(everything) { source in
      try result.withMutableSpan(everything) { target in
        try communicator.allReduce(source, into: &target, .sum)
      }
    }
  }

  private func exchange(_ communicator: borrowing Communicator) throws {
    let pieces = buckets.pieces(of: communicator.rank)
    var underWay: [Exchange] = []
    func keep(_ exchange: Exchange?) throws {
      if underWay.count == CommunicationThread.exchangeLimit {
        try underWay[0].wait(for: communicator)
        underWay.removeFirst()
      }
      if let exchange { underWay.append(exchange) }
    }
    func waitForAll() throws {
      for number in underWay.indices { try underWay[number].wait(for: communicator) }
      underWay = []
    }
    // No optimizer comes between: the sums themselves are the new weights.
    for (bucket, piece) in pieces.enumerated() {
      try keep(
        reduction.reduce(
          bucket: bucket, tree, buffers: [gradient], into: weights, at: piece.lowerBound,
          communicator))
    }
    try waitForAll()
    if reduction.streamsWeights {
      for bucket in pieces.indices.reversed() {
        try keep(reduction.gather(bucket..<bucket + 1, of: weights, communicator, then: {}))
      }
    }
    if !reduction.streamsWeights {
      try keep(reduction.gather(pieces.indices, of: weights, communicator, then: {}))
    }
    try waitForAll()
  }

  /// Traps unless the weights are the sum: whole numbers that floats hold exactly.
  private func checkWeights(ranks: Int) {
    weights.withSpan(0..<weights.count) { values in
      for index in stride(from: 0, to: values.count, by: 1_009) {
        let sum = Float(ranks * (index % 97) + ranks * (ranks - 1) / 2)
        precondition(values[index] == sum, "element \(index) is \(values[index]), not \(sum)")
      }
    }
  }
}
