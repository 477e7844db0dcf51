package import Checkpoints
package import Comm
import Faults
import Foundation
package import Kernels
package import Optimization
package import Reduction
package import Supervision
import Threading

/// Takes checkpoints while the training continues: copies first, then moves and writes the copies.
///
/// On every rank: the optimizer's owned state and averages are copied at once, and travel to rank zero part by
/// part in the steps that the plans fix. Rank zero copies the weights too and writes all of it.
/// Used by the rank's main thread; parts travel on the communication thread.
package final class CheckpointSaver {
  /// The place where rank zero writes; nil on other ranks.
  package let writer: CheckpointWriter?

  private let communication: CommunicationThread
  private let optimizer: ShardedOptimizer
  private let gradientBuckets: GradientBuckets
  private let route: CheckpointTransfer
  private let tensors: [CheckpointTensor]
  private let activity: RankActivity
  private let weightCount: Int
  /// Made when it is first asked for: what never saves needs none.
  private lazy var copies = CheckpointCopies(
    weightCount: writer == nil ? nil : weightCount, tensors: tensors,
    ownedCount: gradientBuckets.ownedCount(of: communication.rank))
  private var preparation: BackgroundThread?
  private var pending: [PendingWork] = []
  private var nextPart: Int
  private var commit: (@Sendable () -> Void)?

  /// A saver without a checkpoint in progress.
  ///
  /// `writer` is given on rank zero only.
  package init(
    communication: CommunicationThread, optimizer: ShardedOptimizer,
    gradientBuckets: GradientBuckets,
    weightCount: Int, tensors: [CheckpointTensor], writer: CheckpointWriter?,
    activity: RankActivity
  ) {
    self.communication = communication
    self.optimizer = optimizer
    self.gradientBuckets = gradientBuckets
    self.tensors = tensors
    self.writer = writer
    self.activity = activity
    route = CheckpointTransfer(gradientBuckets: gradientBuckets, tensors: tensors)
    self.weightCount = weightCount
    nextPart = route.parts.count
  }

  deinit {
    preparation?.join()
  }

  /// Makes room for the copies while the training begins.
  ///
  /// Where the system has to find the pages first the first save takes ten times as long.
  ///
  /// - Throws: `ThreadError` if the system grants no thread.
  package func prepare() throws {
    preparation = try BackgroundThread(name: "checkpoint") { [copies] in copies.touch() }
  }

  /// Parts of the checkpoint in progress that are still to travel.
  package var partsLeft: Int { route.parts.count - nextPart }

  /// Whether this is rank zero, parts are still to travel, and the writer waits for one.
  package var isReadyForPart: Bool {
    guard let writer else { return false }
    return partsLeft > 0 && writer.queuedParts == 0
  }

  /// Copies what a checkpoint needs, after the one before it is finished.
  ///
  /// Every rank calls it.
  ///
  /// - Parameters:
  ///   - weights: the flat buffer.
  ///   - describe: what `state.json` will say, asked when the event of the checkpoint before is written; the
  ///     digest of the weights is filled in.
  ///   - finished: gets the outcome, and the seconds for which the training waited, on rank zero's
  ///     writer thread.
  /// - Throws: `MPIError` from the checkpoint before, whose parts are still in progress.
  package func save(
    weights: FloatBuffer, describedBy describe: () -> CheckpointState,
    finished: @escaping @Sendable (CheckpointWriter.Outcome, _ stallSeconds: Double) -> Void
  ) throws {
    let started = ContinuousClock.now
    try complete()
    preparation?.join()
    preparation = nil
    let state = describe()
    try activity.enter(.snapshot)
    activity.beginSave(step: state.step)
    for (tensor, copy) in copies.tensors {
      copy.copy(0..<copy.count, of: source(of: tensor), to: 0)
    }
    nextPart = 0
    guard let writer, let weightsCopy = copies.weights else { return }
    weightsCopy.copy(0..<weights.count, of: weights, to: 0)
    writer.begin(step: state.step, weights: weightsCopy)
    for tensor in tensors {
      guard let copy = copies.tensors[tensor] else { continue }
      let ranges = gradientBuckets.flatRanges(of: 0..<copy.count, rank: 0)
      writer.write(tensor, ranges.map { (flat: $0.flat, start: $0.owned) }, of: copy)
    }
    let stallSeconds = started.duration(to: .now).seconds
    commit = {
      writer.commit(state, weights: weightsCopy) { finished($0, stallSeconds) }
    }
    commitIfComplete()
  }

  /// Sends the next `count` parts on their way.
  ///
  /// Every rank calls it with the same count.
  package func transfer(_ count: Int) throws {
    for part in route.parts[nextPart..<min(nextPart + count, route.parts.count)] {
      let received = writer.map { _ in
        FloatBuffer(count: part.reduce(0) { $0 + $1.owned.count })
      }
      pending.append(
        communication.startExchange {
          [copies = copies.tensors, writer, gradientBuckets] communicator in
          try Self.move(part, copies: copies, into: received, communicator) {
            guard let writer, let received else { return }
            Self.hand(part, in: received, to: writer, gradientBuckets)
          }
        })
      nextPart += 1
    }
    try waitForFinishedWork()
    commitIfComplete()
  }

  /// Waits until the checkpoint in progress, if any, has ended.
  ///
  /// Every rank calls it.
  package func complete() throws {
    repeat {
      // The next part comes when this one is on disk, so that rank zero never holds two.
      try transfer(min(partsLeft, 1))
      activity.note(.exchange)
      for work in pending { try work.wait() }
      pending = []
      commitIfComplete()
      // All ranks wait for the disk together, so that none seems to wait for messages.
      activity.note(.disk)
      _ = writer?.wait()
      if writer != nil { activity.note(.exchange) }
      if communication.size > 1 { try communication.perform { try $0.barrier() } }
    } while partsLeft > 0
  }

  private func source(of tensor: CheckpointTensor) -> FloatBuffer {
    switch tensor {
    case .state(let slot): return optimizer.state(slot)
    case .average:
      guard let average = optimizer.average else {
        preconditionFailure("an average is saved that is not kept")
      }
      return average
    }
  }

  private func waitForFinishedWork() throws {
    while let first = pending.first, first.isFinished {
      try first.wait()
      pending.removeFirst()
    }
  }

  private func commitIfComplete() {
    guard partsLeft == 0, pending.isEmpty, let commit else { return }
    self.commit = nil
    commit()
  }

  private static func move(
    _ part: [CheckpointTransfer.Piece], copies: [CheckpointTensor: FloatBuffer],
    into received: FloatBuffer?, _ communicator: borrowing Communicator,
    then arrived: @escaping () -> Void
  ) throws -> Exchange {
    var (sending, receiving): ([Message], [Message]) = ([], [])
    var start = 0
    for piece in part {
      if let received {
        let place = start..<start + piece.owned.count
        receiving.append(received.message(place, with: piece.rank))
      } else if piece.rank == communicator.rank, let copy = copies[piece.tensor] {
        sending.append(copy.message(piece.owned, with: 0))
      }
      start += piece.owned.count
    }
    return try communicator.exchange(sending: sending, receiving: receiving, then: arrived)
  }

  private static func hand(
    _ part: [CheckpointTransfer.Piece], in received: FloatBuffer, to writer: CheckpointWriter,
    _ gradientBuckets: GradientBuckets
  ) {
    var start = 0
    for piece in part {
      let ranges = gradientBuckets.flatRanges(of: piece.owned, rank: piece.rank).map {
        (flat: $0.flat, start: start + $0.owned - piece.owned.lowerBound)
      }
      writer.write(piece.tensor, ranges, of: received)
      start += piece.owned.count
    }
  }
}

/// Room for what a checkpoint copies: this rank's state and average, and on rank zero the weights.
struct CheckpointCopies: Sendable {
  /// The whole flat buffer; nil on other ranks than zero.
  let weights: FloatBuffer?
  /// What this rank owns of each group.
  let tensors: [CheckpointTensor: FloatBuffer]

  /// Room for `weightCount` weights, if any, and for `ownedCount` elements of each group.
  init(weightCount: Int?, tensors: [CheckpointTensor], ownedCount: Int) {
    weights = weightCount.map { FloatBuffer(count: $0) }
    self.tensors = Dictionary(
      uniqueKeysWithValues: tensors.map { ($0, FloatBuffer(count: ownedCount)) })
  }

  /// Writes to all of it, so that the system has found the pages before they are copied to.
  func touch() {
    for buffer in [weights].compactMap({ $0 }) + tensors.values { buffer.zero(0..<buffer.count) }
  }
}
