import Comm

/// Steps of a cluster, simulated event by event.
///
/// Each direction of a host's link is a resource on which messages queue; so are the cores on which its ranks
/// exchange. Exchanges follow each other as in training: a bucket starts when backward has come past it, at most four
/// are under way, each ends after those before it, and workers wait before a layer for its weights.
///
/// Where all hosts do the same, one stands for all of them: what it sends to the k-th next host, it receives from the
/// k-th last one at the same time.
struct StepSimulation {
  /// All messages from one host to another that belong to one bucket.
  struct Transfer {
    let from: Int
    let to: Int
    let id: SimulatedHost.ExchangeID
    let message: HostMessage
  }

  enum Event {
    /// Workers have done what they were at.
    case computed(host: Int)
    /// All ranks have met.
    case met(number: Int)
    /// A message asks its receiver whether it may come.
    case asked(Transfer)
    /// A message may leave.
    case departed(Transfer)
    /// It has left.
    case sent(Transfer)
    /// Its first byte is there.
    case reached(Transfer)
    /// Its last byte is there, and was noticed.
    case arrived(Transfer)
    /// An exchange has ended on a host, with all additions.
    case ended(host: Int, SimulatedHost.ExchangeID)
  }

  let cluster: Cluster
  let profile: ComputeProfile
  let steps: Int
  /// Whether one host stands for all.
  let isFolded: Bool
  let agreementSeconds: Double
  let statisticsSeconds: Double
  /// Rounds of an exchange that are under way at once.
  let roundsAtOnce: Int

  var hosts: [SimulatedHost]
  var queue = EventQueue<Event>()
  /// How many hosts have come to each collective.
  var met: [Int: Int] = [:]
  /// The rounds of the messages that each host expects, by exchange.
  let expected: [[SimulatedHost.ExchangeID: [Int]]]
  /// When the last byte arrived.
  private(set) var lastArrival = 0.0
  /// The messages of the first step, if they are wanted.
  var trace: MessageTrace?

  /// A cluster before its first step.
  ///
  /// - Parameters:
  ///   - programs: one a host, or a single one that stands for all.
  ///   - cluster: the hosts and their links.
  ///   - profile: what additions cost.
  ///   - agreementSeconds: what a vote costs once all have come.
  ///   - statisticsSeconds: what the exchange of statistics costs then.
  ///   - roundsAtOnce: rounds of an exchange that are under way at once.
  ///   - steps: how many.
  ///   - traces: whether the messages of the first step are kept.
  init(
    _ programs: [HostProgram], _ cluster: Cluster, _ profile: ComputeProfile,
    agreementSeconds: Double = 0, statisticsSeconds: Double = 0, roundsAtOnce: Int = .max,
    steps: Int, traces: Bool = false
  ) {
    precondition(
      programs.count == cluster.hosts || programs.count == 1,
      "\(programs.count) programs of \(cluster.hosts) hosts")
    self.cluster = cluster
    self.profile = profile
    self.steps = steps
    self.agreementSeconds = agreementSeconds
    self.statisticsSeconds = statisticsSeconds
    self.roundsAtOnce = roundsAtOnce
    isFolded = programs.count < cluster.hosts
    hosts = programs.map {
      SimulatedHost($0, exchangeLimit: CommunicationThread.exchangeLimit)
    }
    expected = Self.expectedMessages(programs, isFolded: isFolded)
    trace = traces ? MessageTrace(cluster, isSymmetric: isFolded) : nil
  }

  /// In which rounds each host gets a message in the exchange of each bucket, in step 0.
  private static func expectedMessages(
    _ programs: [HostProgram], isFolded: Bool
  ) -> [[SimulatedHost.ExchangeID: [Int]]] {
    var expected = Array(repeating: [SimulatedHost.ExchangeID: [Int]](), count: programs.count)
    for program in programs {
      for (bucket, share) in program.shares.enumerated() {
        for (isOfWeights, messages) in [(false, share.gradients), (true, share.weights)] {
          let id = SimulatedHost.ExchangeID(step: 0, isOfWeights: isOfWeights, bucket: bucket)
          for message in messages {
            expected[isFolded ? 0 : message.to][id, default: []].append(message.round)
          }
        }
      }
    }
    return expected
  }

  /// Takes all steps.
  ///
  /// - Returns: when each step ended on the first host, and for how long its workers waited in it.
  mutating func run() -> [(time: Double, exposed: Double)] {
    for host in hosts.indices { proceed(host, at: 0) }
    while let (time, event) = queue.next() { handle(event, at: time) }
    precondition(hosts.allSatisfy { $0.ends.count == steps }, "a simulated host waits for ever")
    return hosts[0].ends
  }

  private mutating func handle(_ event: Event, at now: Double) {
    switch event {
    case .computed(let host): endComputation(of: host, at: now)
    case .met(let number): endMeeting(number, at: now)
    case .asked(let transfer): answer(transfer, at: now)
    case .departed(let transfer): send(transfer, at: now)
    case .sent(let transfer): end(transfer, on: transfer.from, at: now)
    case .reached(let transfer): receive(transfer, at: now)
    case .arrived(let transfer):
      lastArrival = now
      let end = occupyCores(of: transfer.to, wireSeconds(transfer.message), at: now)
      self.end(transfer, on: transfer.to, at: end)
    case .ended(let host, let id):
      hosts[host].finish(id)
      serve(host, at: now)
      proceed(host, at: now)
    }
  }
}

extension StepSimulation {
  /// The program of the host that computes longest.
  var busiestProgram: HostProgram {
    hosts.map(\.program).max { $0.computeSeconds < $1.computeSeconds } ?? hosts[0].program
  }
}
