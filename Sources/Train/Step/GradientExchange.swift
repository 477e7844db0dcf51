import Comm
import Configuration
import Faults
import Foundation
import Kernels
import Planning
import Profiling
import Reduction
import Supervision
import Synchronization

/// What the ranks have decided about a step before its gradient travels, the same on all of them.
struct StepVerdict: Sendable {
  /// Some rank was asked to stop or has failed; the gradient must not be used.
  let isGivenUp: Bool
  /// The error of the first rank that has failed, if any.
  var failure: TrainingError?
  /// Some rank was asked to save a checkpoint.
  var savesCheckpoint = false
  /// Rank zero's plan of the next step; nil after the last one, and if this one is given up.
  var next: StepPlan?
}

/// One step's gradient on its way from this rank's workers to the owners of its pieces.
///
/// The exchange opens with a vote: does the step go ahead? Ranks that compute vote when their first bucket
/// is final; a rank that was asked to stop votes at its next micro-batch, and so does a rank whose worker has
/// failed. If the step is given up nothing more is exchanged, and it leaves no trace. If it goes ahead, rank
/// zero's plan of the next step follows, so that its batches can be read ahead.
final class GradientExchange: Sendable {
  /// How a rank votes.
  enum Vote: Sendable {
    /// It has computed.
    case proceed
    /// It was asked to stop.
    case giveUp
    /// One of its workers has thrown this.
    case fail(CommandError)
  }

  /// Brings the votes of all ranks together; carried out once a step on the communication thread.
  typealias CastVote = @Sendable (Vote, borrowing Communicator) throws -> StepVerdict

  /// Gives all ranks the plan of the next step, or nil after the last; carried out after the vote.
  typealias PlanNext = @Sendable (borrowing Communicator) throws -> StepPlan?

  /// How long a rank that failed waits for the others to hear of it, before it ends them.
  private static let patience = Duration.seconds(3)

  private struct State {
    var pending: [PendingWork] = []
    var verdict: StepVerdict?
    var isOpen = false
    var bucketsUnderWay = 0
    /// The whole sum, if there is only this rank.
    var whole: FloatBuffer?
  }

  private let communication: CommunicationThread
  private let reduction: any GradientReduction
  private let tree: TreeReducer
  private let owned: FloatBuffer
  private let starts: [Int]
  private let castVote: CastVote
  private let planNext: PlanNext
  private let observer: StepObserver
  private let state = Mutex(State())

  /// An exchange before anything is sent.
  ///
  /// - Parameters:
  ///   - communication: the ranks.
  ///   - reduction: how buckets are exchanged.
  ///   - tree: adds the nodes of all ranks.
  ///   - owned: receives this rank's pieces, one after the other.
  ///   - starts: where the piece of each bucket begins in `owned`.
  ///   - castVote: how the exchange opens.
  ///   - planNext: what follows the vote if the step goes ahead.
  ///   - observer: that of the communication thread.
  init(
    communication: CommunicationThread, reduction: any GradientReduction, tree: TreeReducer,
    owned: FloatBuffer, starts: [Int], castVote: @escaping CastVote,
    planNext: @escaping PlanNext, observer: StepObserver
  ) {
    self.communication = communication
    self.reduction = reduction
    self.tree = tree
    self.owned = owned
    self.starts = starts
    self.castVote = castVote
    self.planNext = planNext
    self.observer = observer
  }

  /// Votes to give the step up, because this rank was asked to stop.
  func giveUp() {
    state.withLock { open(.giveUp, &$0) }
  }

  /// Votes to fail with `error`, so that all ranks end together and report it once.
  ///
  /// - Returns: whether all ranks have voted. Others may still be computing; if they take too long, the caller has to
  ///   end them.
  func fail(with error: any Error) -> Bool {
    state.withLock { open(.fail(CommandError(describing: error)), &$0) }
    let end = ContinuousClock.now + Self.patience
    while ContinuousClock.now < end {
      if state.withLock({ $0.pending.allSatisfy(\.isFinished) }) { return true }
      Thread.sleep(forTimeInterval: 0.01)
    }
    return false
  }

  /// Queues the exchange of a bucket; `buffers` hold the sums of this rank's nodes.
  ///
  /// Buckets must come in order.
  func queue(bucket: Int, buffers: [FloatBuffer]) {
    state.withLock { state in
      open(.proceed, &state)
      if communication.size == 1 { state.whole = buffers.first }
      let work = communication.startExchange { [self] communicator in
        let isGivenUp = self.state.withLock { $0.verdict?.isGivenUp ?? true }
        if isGivenUp { return nil }
        try observer.enter(.bucket)
        observer.waitForRanks(bucket: bucket)
        return try timed(bucket) {
          try reduction.reduce(
            bucket: bucket, tree, buffers: buffers, into: owned, at: starts[bucket],
            communicator)
        }
      }
      state.pending.append(work)
    }
  }

  /// Waits until all buckets are exchanged, or the step is given up.
  ///
  /// - Throws: what has failed on any rank, and on all ranks.
  func wait() throws -> StepVerdict {
    let pending = state.withLock { state in
      defer { state.pending = [] }
      return state.pending
    }
    for work in pending { try work.wait() }
    observer.waitForRanks()
    guard let verdict = state.withLock({ $0.verdict }) else {
      preconditionFailure("a step's exchange ended before it began")
    }
    if let failure = verdict.failure { throw failure }
    return verdict
  }

  /// This rank's pieces of the sum of all ranks, one after the other, once all buckets are exchanged.
  var ownedGradient: FloatBuffer {
    // A single rank has the whole sum, with its pieces one after the other.
    state.withLock { $0.whole } ?? owned
  }

  /// Records how long the exchange of `bucket` takes.
  private func timed(_ bucket: Int, _ body: () throws -> Exchange?) rethrows -> Exchange? {
    let started = ContinuousClock.now
    state.withLock { $0.bucketsUnderWay += 1 }
    let end = { [self] in
      let isLast = state.withLock { state in
        state.bucketsUnderWay -= 1
        return state.bucketsUnderWay == 0
      }
      if isLast { observer.leave() }
      observer.record(.bucket(bucket), since: started)
    }
    guard let exchange = try body() else {
      end()
      return nil
    }
    return exchange.then(end)
  }

  /// Queues the vote and the broadcast of the next plan, before anything else of this exchange.
  private func open(_ vote: Vote, _ state: inout State) {
    if state.isOpen { return }
    state.isOpen = true
    let work = communication.start { [self] communicator in
      defer { observer.leave() }
      var verdict = try castVote(vote, communicator)
      if !verdict.isGivenUp { verdict.next = try planNext(communicator) }
      self.state.withLock { [verdict] in $0.verdict = verdict }
    }
    state.pending.append(work)
  }
}

extension GradientExchange.Vote {
  /// The number by which ranks compare their votes: the highest decides.
  var priority: Int64 {
    switch self {
    case .proceed: 0
    case .giveUp: 1
    case .fail: Self.failure
    }
  }

  /// The number of a vote to fail.
  static var failure: Int64 { 2 }

  /// The failure of the first rank that has one.
  ///
  /// Every rank calls it if one of them has failed.
  ///
  /// - Parameters:
  ///   - place: this rank, for people.
  ///   - communicator: the ranks.
  /// - Returns: the same error on all ranks.
  /// - Throws: `MPIError`.
  func shareFailure(
    of place: String, _ communicator: borrowing Communicator
  ) throws -> TrainingError {
    var words: [String] = []
    if case .fail(let error) = self {
      let text = communicator.size == 1 ? error.description : "\(place): \(error.description)"
      words = ["\(error.exitCode)", text]
    }
    let all = try communicator.allGather(Array(words.joined(separator: "\0").utf8))
    guard let first = all.first(where: { !$0.isEmpty }),
      let end = first.firstIndex(of: 0),
      let exitCode = Int32(String(decoding: first[..<end], as: UTF8.self))
    else { preconditionFailure("ranks agreed on a failure that none of them has") }
    return .rankFailed(
      String(decoding: first[(end + 1)...], as: UTF8.self), exitCode: exitCode)
  }
}
