/// A host in a simulation: how far its workers and its communication threads have come, and until when its link is
/// busy.
struct SimulatedHost {
  /// What the communication threads are asked to do, in order.
  enum Job {
    /// Agree with all ranks that the step goes ahead.
    case agree
    /// Exchange one bucket of gradients or weights.
    case exchange(ExchangeID, queued: Double)
  }

  /// One exchange of a step.
  struct ExchangeID: Hashable {
    let step: Int
    let isOfWeights: Bool
    let bucket: Int
  }

  /// The most exchanges under way at once, as in training.
  let exchangeLimit: Int
  let program: HostProgram

  /// The step, from 0, and the next action in it.
  var step = 0
  var position = 0
  /// Since when the workers wait; nil if they do not.
  var waitingSince: Double?
  var isComputing = false
  /// Seconds that the exchange has taken from each worker, and by which its computation ends later.
  var stolen = 0.0
  /// Seconds of this step in which workers waited, or others had their cores.
  var exposed = 0.0
  /// The collectives that it has taken part in, and those that are over.
  var meetingsJoined = 0
  var meetingsOver = 0
  /// When each step ended, with what was exposed in it.
  var ends: [(time: Double, exposed: Double)] = []

  var jobs: [Job] = []
  /// Whether an agreement holds the queue.
  var isAgreeing = false
  /// In the order of their start.
  var underWay: [ExchangeID] = []
  var finished: Set<ExchangeID> = []
  var progress: [ExchangeID: ExchangeProgress] = [:]
  /// Buckets of the step that are reduced.
  var reducedBuckets = 0
  /// Weights of this bucket and all later ones are there.
  var arrivedBucket = 0

  /// Until when the cores of the exchange, and both directions of the link, are busy.
  var coresBusyUntil = 0.0
  var sendingUntil = 0.0
  var receivingUntil = 0.0

  /// A host before its first step, to which all weights have arrived.
  init(_ program: HostProgram, exchangeLimit: Int) {
    self.program = program
    self.exchangeLimit = exchangeLimit
  }

  /// The number of buckets.
  var buckets: Int { program.shares.count }

  /// Ends the exchange `id`, which has come to its end, and all younger ones that have, in the order of their start.
  mutating func finish(_ id: ExchangeID) {
    finished.insert(id)
    while let first = underWay.first, finished.remove(first) != nil {
      underWay.removeFirst()
      progress[first] = nil
      if first.isOfWeights { arrivedBucket = first.bucket } else { reducedBuckets += 1 }
    }
  }

  /// The messages of an exchange.
  func messages(of id: ExchangeID) -> [HostMessage] {
    let share = program.shares[id.bucket]
    return id.isOfWeights ? share.weights : share.gradients
  }
}
