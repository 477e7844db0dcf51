internal import Comm
internal import Kernels
internal import Synchronization

/// What all ranks know when a step's exchange begins, agreed between them.
struct StepAgreement: Sendable, Equatable {
  /// Some rank was asked to stop and left the step; nobody may use its gradient.
  let isGivenUp: Bool
  /// Some rank was asked to save a checkpoint.
  let savesCheckpoint: Bool
  /// The plan of the next step, or nil after the last.
  let next: StepPlan?
}

/// One step's gradient on its way from this rank's workers to the owners of its pieces.
///
/// The exchange opens with an agreement: has any rank given the step up? Ranks that compute join it
/// when their first bucket is final; a rank that was asked to stop joins it at its next micro-batch.
/// After a "yes" nothing more is exchanged, and the step leaves no trace.
final class StepGradient: Sendable {
  /// How ranks agree: carried out once a step on the communication thread.
  typealias Agree =
    @Sendable (_ givesUp: Bool, borrowing Communicator) throws ->
    StepAgreement

  private struct State {
    var pending: [PendingWork] = []
    var agreement: StepAgreement?
    var isOpen = false
  }

  private let communication: CommunicationThread
  private let reduction: any GradientReduction
  private let nodes: [[TreeNode]]
  private let owned: FloatBuffer
  private let starts: [Int]
  private let agree: Agree
  private let state = Mutex(State())

  /// A gradient of which nothing is there yet.
  ///
  /// - Parameters:
  ///   - communication: the ranks.
  ///   - reduction: how buckets are exchanged.
  ///   - nodes: for every rank, the tree nodes that it contributes.
  ///   - owned: receives this rank's pieces, one after the other.
  ///   - starts: where the piece of each bucket begins in `owned`.
  ///   - agree: how the exchange opens.
  init(
    communication: CommunicationThread, reduction: any GradientReduction, nodes: [[TreeNode]],
    owned: FloatBuffer, starts: [Int], agree: @escaping Agree
  ) {
    self.communication = communication
    self.reduction = reduction
    self.nodes = nodes
    self.owned = owned
    self.starts = starts
    self.agree = agree
  }

  /// Leaves the step: this rank's workers compute no further micro-batch.
  func giveUp() {
    state.withLock { open(givingUp: true, &$0) }
  }

  /// Exchanges a bucket of which this rank's nodes are final.
  ///
  /// Buckets come in their order.
  func exchange(bucket: Int, buffers: [FloatBuffer]) {
    state.withLock { state in
      open(givingUp: false, &state)
      let work = communication.start { [self] communicator in
        let isGivenUp = self.state.withLock { $0.agreement?.isGivenUp ?? true }
        if isGivenUp { return }
        try reduction.reduce(
          bucket: bucket, nodes: nodes, buffers: buffers, into: owned, at: starts[bucket],
          communicator)
      }
      state.pending.append(work)
    }
  }

  /// Waits until all buckets are exchanged, or the step is given up.
  func finish() throws -> StepAgreement {
    let pending = state.withLock { state in
      defer { state.pending = [] }
      return state.pending
    }
    for work in pending { try work.wait() }
    guard let agreement = state.withLock({ $0.agreement }) else {
      preconditionFailure("a step's exchange ended before it began")
    }
    return agreement
  }

  private func open(givingUp: Bool, _ state: inout State) {
    if state.isOpen { return }
    state.isOpen = true
    let work = communication.start { [self] communicator in
      let agreement = try agree(givingUp, communicator)
      self.state.withLock { $0.agreement = agreement }
    }
    state.pending.append(work)
  }
}
