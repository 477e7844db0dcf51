package import Configuration

/// What all ranks do in one step, as rank zero planned it.
public struct StepPlan: Sendable, Equatable {
  /// The step, counted from 1: it turns the weights after `step` − 1 steps into those after `step`.
  public var step: Int
  /// The pass over the training set, counted from 0.
  public var epoch: Int
  /// Where the step's samples begin in the order of the epoch.
  public var position: Int
  /// The learning rate.
  public var learningRate: Double
  /// Whether the test set is evaluated after the step.
  public var evaluates: Bool
  /// Whether a checkpoint is taken after the step.
  public var checkpoints: Bool
  /// Whether the run ends after the step.
  public var ends: Bool
  /// How many parts of a checkpoint in progress travel to rank zero in this step.
  public var transfers: Int
  /// The micro-batches of each worker; worker w is thread w % threads of rank w / threads.
  public var assignment: [Range<Int>]

  /// The micro-batches that the workers of `rank` compute together.
  public func microBatches(of rank: Int, threads: Int) -> Range<Int> {
    let workers = assignment[rank * threads..<(rank + 1) * threads]
    guard let first = workers.first, let last = workers.last else { return 0..<0 }
    return first.lowerBound..<last.upperBound
  }
}

extension StepPlan {
  /// The number of integers that a plan for `workers` workers is sent as.
  static func encodedCount(workers: Int) -> Int { 8 + workers + 1 }

  /// The plan as integers, to be broadcast.
  var encoded: [Int64] {
    var words = [
      Int64(step), Int64(epoch), Int64(position),
      Int64(bitPattern: learningRate.bitPattern),
      evaluates ? 1 : 0, checkpoints ? 1 : 0, ends ? 1 : 0, Int64(transfers),
    ]
    words += assignment.map { Int64($0.lowerBound) }
    words.append(Int64(assignment.last?.upperBound ?? 0))
    return words
  }

  /// The plan that `encoded` gave.
  package init(decoding words: [Int64]) {
    precondition(words.count >= 9, "a plan of \(words.count) words")
    step = Int(words[0])
    epoch = Int(words[1])
    position = Int(words[2])
    learningRate = Double(bitPattern: UInt64(bitPattern: words[3]))
    evaluates = words[4] != 0
    checkpoints = words[5] != 0
    ends = words[6] != 0
    transfers = Int(words[7])
    let borders = words[8...].map(Int.init)
    assignment = zip(borders, borders.dropFirst()).map { $0..<$1 }
  }
}

extension Range<Int> {
  /// Consecutive parts of `size`, the first full, and the last too if there are three or more.
  ///
  /// What is left over is the part after the first.
  package func groups(of size: Int) -> [Range<Int>] {
    precondition(size > 0, "groups of \(size)")
    if count <= size { return isEmpty ? [] : [self] }
    let second = lowerBound + size
    let rest = count % size
    let others = stride(from: second + rest, to: upperBound, by: size).map { $0..<$0 + size }
    return [lowerBound..<second] + (rest == 0 ? [] : [second..<second + rest]) + others
  }
}

extension TrainSettings {
  /// Micro-batches that a worker computes at once.
  package var interleavedMicroBatches: Int { Swift.max(1, interleavedSamples / microBatchSize) }
}
