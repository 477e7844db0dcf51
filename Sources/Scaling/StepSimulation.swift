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

  private enum Event {
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

  private let cluster: Cluster
  private let profile: ComputeProfile
  private let steps: Int
  /// Whether one host stands for all.
  private let isFolded: Bool
  private let agreementSeconds: Double
  private let statisticsSeconds: Double

  private var hosts: [SimulatedHost]
  private var queue = EventQueue<Event>()
  /// How many hosts have come to each collective.
  private var met: [Int: Int] = [:]
  /// Messages that each host expects, by exchange.
  private var expected: [[SimulatedHost.ExchangeID: Int]]
  /// When the last byte arrived.
  private(set) var lastArrival = 0.0
  /// The messages of the first step, if they are wanted.
  private(set) var trace: MessageTrace?

  /// A cluster before its first step.
  ///
  /// - Parameters:
  ///   - programs: one a host, or a single one that stands for all.
  ///   - cluster: the hosts and their links.
  ///   - profile: what additions cost.
  ///   - agreementSeconds: what a vote costs once all have come.
  ///   - statisticsSeconds: what the exchange of statistics costs then.
  ///   - steps: how many.
  ///   - traces: whether the messages of the first step are kept.
  init(
    _ programs: [HostProgram], _ cluster: Cluster, _ profile: ComputeProfile,
    agreementSeconds: Double = 0, statisticsSeconds: Double = 0, steps: Int, traces: Bool = false
  ) {
    precondition(
      programs.count == cluster.hosts || programs.count == 1,
      "\(programs.count) programs of \(cluster.hosts) hosts")
    self.cluster = cluster
    self.profile = profile
    self.steps = steps
    self.agreementSeconds = agreementSeconds
    self.statisticsSeconds = statisticsSeconds
    isFolded = programs.count < cluster.hosts
    hosts = programs.map {
      SimulatedHost($0, exchangeLimit: CommunicationThread.exchangeLimit)
    }
    expected = Self.expectedMessages(programs, isFolded: isFolded)
    trace = traces ? MessageTrace(cluster, isSymmetric: isFolded) : nil
  }

  /// How many messages each host gets in the exchange of each bucket, in step 0.
  private static func expectedMessages(
    _ programs: [HostProgram], isFolded: Bool
  ) -> [[SimulatedHost.ExchangeID: Int]] {
    var expected = Array(repeating: [SimulatedHost.ExchangeID: Int](), count: programs.count)
    for program in programs {
      for (bucket, share) in program.shares.enumerated() {
        for (isOfWeights, messages) in [(false, share.gradients), (true, share.weights)] {
          let id = SimulatedHost.ExchangeID(step: 0, isOfWeights: isOfWeights, bucket: bucket)
          for message in messages { expected[isFolded ? 0 : message.to][id, default: 0] += 1 }
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
    case .sent(let transfer):
      hosts[transfer.from].progress[transfer.id]?.unsent -= 1
      endIfComplete(transfer.id, on: transfer.from, at: now)
    case .reached(let transfer): receive(transfer, at: now)
    case .arrived(let transfer):
      lastArrival = now
      let end = occupyCores(of: transfer.to, wireSeconds(transfer.message), at: now)
      hosts[transfer.to].progress[transfer.id, default: SimulatedHost.Progress()].missing -= 1
      endIfComplete(transfer.id, on: transfer.to, at: end)
    case .ended(let host, let id):
      hosts[host].finish(id)
      serve(host, at: now)
      proceed(host, at: now)
    }
  }
}

// MARK: Workers

extension StepSimulation {
  /// Lets the workers of `host` do what they can.
  private mutating func proceed(_ host: Int, at now: Double) {
    while !hosts[host].isComputing && hosts[host].step < steps {
      let actions = hosts[host].program.actions
      guard hosts[host].position < actions.count else {
        endStep(of: host, at: now)
        continue
      }
      guard mayPass(actions[hosts[host].position], host, at: now) else {
        if hosts[host].waitingSince == nil { hosts[host].waitingSince = now }
        return
      }
      if let since = hosts[host].waitingSince {
        hosts[host].exposed += now - since
        hosts[host].waitingSince = nil
      }
      if case .compute(let seconds) = actions[hosts[host].position], seconds > 0 {
        hosts[host].isComputing = true
        queue.add(.computed(host: host), at: now + seconds)
        return
      }
      hosts[host].position += 1
    }
  }

  /// Begins `action`, and says whether what follows may begin as well.
  private mutating func mayPass(_ action: HostAction, _ host: Int, at now: Double) -> Bool {
    let step = hosts[host].step
    func job(_ bucket: Int, ofWeights: Bool) -> SimulatedHost.Job {
      .exchange(
        SimulatedHost.ExchangeID(step: step, isOfWeights: ofWeights, bucket: bucket), queued: now)
    }
    switch action {
    case .compute: return true
    case .awaitWeights(let bucket): return hosts[host].arrivedBucket <= bucket
    case .awaitGradients: return hosts[host].reducedBuckets == hosts[host].buckets
    case .meet:
      let number = 2 * step + 1
      if hosts[host].meetingsJoined == number { join(number, host, at: now) }
      return hosts[host].meetingsOver > number
    case .sendGradients(let bucket):
      if bucket == 0 { hosts[host].jobs.append(.agree) }
      hosts[host].jobs.append(job(bucket, ofWeights: false))
    case .sendWeights(let bucket):
      if bucket == hosts[host].buckets - 1 { hosts[host].arrivedBucket = bucket + 1 }
      hosts[host].jobs.append(job(bucket, ofWeights: true))
    }
    serve(host, at: now)
    return true
  }

  private mutating func endComputation(of host: Int, at now: Double) {
    let stolen = hosts[host].stolen
    hosts[host].stolen = 0
    if stolen > 0 {
      hosts[host].exposed += stolen
      queue.add(.computed(host: host), at: now + stolen)
      return
    }
    hosts[host].isComputing = false
    hosts[host].position += 1
    proceed(host, at: now)
  }

  private mutating func endStep(of host: Int, at now: Double) {
    hosts[host].ends.append((now, hosts[host].exposed))
    hosts[host].exposed = 0
    hosts[host].reducedBuckets = 0
    hosts[host].position = 0
    hosts[host].step += 1
  }

  /// Notes that `host` has come to a collective: the agreement of a step, and then its statistics.
  private mutating func join(_ number: Int, _ host: Int, at now: Double) {
    hosts[host].meetingsJoined = number + 1
    let count = met[number, default: 0] + 1
    met[number] = count
    guard count == hosts.count else { return }
    let seconds = number.isMultiple(of: 2) ? agreementSeconds : statisticsSeconds
    queue.add(.met(number: number), at: now + seconds)
  }

  private mutating func endMeeting(_ number: Int, at now: Double) {
    if !number.isMultiple(of: 2) { trace?.meet(number, at: now) }
    for host in hosts.indices {
      hosts[host].meetingsOver = number + 1
      if number.isMultiple(of: 2) { hosts[host].isAgreeing = false }
      serve(host, at: now)
      proceed(host, at: now)
    }
  }
}

// MARK: Exchanges

extension StepSimulation {
  /// Starts the jobs of `host` that may start.
  private mutating func serve(_ host: Int, at now: Double) {
    while !hosts[host].isAgreeing, hosts[host].underWay.count < hosts[host].exchangeLimit,
      !hosts[host].jobs.isEmpty
    {
      switch hosts[host].jobs.removeFirst() {
      case .agree:
        hosts[host].isAgreeing = true
        join(2 * hosts[host].step, host, at: now)
      case .exchange(let id, let queued): start(id, on: host, queued: queued, at: now)
      }
    }
  }

  /// Starts an exchange: adds what is added before anything is sent, and hands the messages to the link.
  private mutating func start(
    _ id: SimulatedHost.ExchangeID, on host: Int, queued: Double, at now: Double
  ) {
    let messages = hosts[host].messages(of: id)
    var progress = hosts[host].progress[id] ?? SimulatedHost.Progress()
    let asking = progress.asking
    progress.asking = []
    progress.hasStarted = true
    progress.unsent = messages.count
    let first = SimulatedHost.ExchangeID(step: 0, isOfWeights: id.isOfWeights, bucket: id.bucket)
    progress.missing += expected[host][first] ?? 0
    hosts[host].progress[id] = progress
    hosts[host].underWay.append(id)
    if !id.isOfWeights {
      let joined = Double(hosts[host].program.shares[id.bucket].bytesJoined)
      _ = occupyCores(of: host, joined * profile.additionSecondsPerByte, at: now)
    }
    for message in messages {
      let ready = occupyCores(of: host, wireSeconds(message), at: now)
      let transfer = Transfer(
        from: host, to: isFolded ? 0 : message.to, id: id, message: message)
      if message.bytes > cluster.eagerBytes * message.count {
        queue.add(.asked(transfer), at: ready + cluster.latency + cluster.reaction)
      } else {
        queue.add(.departed(transfer), at: ready)
      }
      if id.step == 0 { trace?.add(message, of: id, from: host, queued: queued) }
    }
    for transfer in asking { answer(transfer, at: now) }
    endIfComplete(id, on: host, at: now)
  }

  /// Lets a message come, at once or when its receiver takes part in the exchange.
  private mutating func answer(_ transfer: Transfer, at now: Double) {
    let (host, id) = (transfer.to, transfer.id)
    if hosts[host].progress[id]?.hasStarted ?? false {
      queue.add(.departed(transfer), at: now + cluster.latency + cluster.reaction)
    } else {
      hosts[host].progress[id, default: SimulatedHost.Progress()].asking.append(transfer)
    }
  }

  private mutating func send(_ transfer: Transfer, at now: Double) {
    let start = max(now, hosts[transfer.from].sendingUntil)
    let end = start + Double(transfer.message.bytes) / cluster.bytesPerSecond
    hosts[transfer.from].sendingUntil = end
    queue.add(.sent(transfer), at: end)
    queue.add(.reached(transfer), at: start + cluster.latency)
  }

  /// The bytes of a message pass the receiver's link while they leave the sender's.
  private mutating func receive(_ transfer: Transfer, at now: Double) {
    let start = max(now, hosts[transfer.to].receivingUntil)
    let end = start + Double(transfer.message.bytes) / cluster.bytesPerSecond
    hosts[transfer.to].receivingUntil = end
    queue.add(.arrived(transfer), at: end + cluster.reaction)
  }

  /// Adds up what has arrived, once all has, and all has left.
  private mutating func endIfComplete(
    _ id: SimulatedHost.ExchangeID, on host: Int, at now: Double
  ) {
    guard let progress = hosts[host].progress[id], progress.hasStarted, progress.missing == 0,
      progress.unsent == 0
    else { return }
    let added = id.isOfWeights ? 0 : hosts[host].program.shares[id.bucket].bytesAdded
    let end = occupyCores(
      of: host, Double(added) * profile.additionSecondsPerByte, at: now)
    queue.add(.ended(host: host, id), at: end)
  }

  /// The seconds of a core that a message takes from its sender, and from its receiver.
  private func wireSeconds(_ message: HostMessage) -> Double {
    Double(message.bytes) * cluster.wireSecondsPerByte
      + Double(message.count) * cluster.wireSecondsPerMessage
  }

  /// Has the communication threads of `host` work for so many seconds of a core, divided among its ranks.
  ///
  /// - Returns: when they have done it.
  private mutating func occupyCores(of host: Int, _ seconds: Double, at now: Double) -> Double {
    let end = max(now, hosts[host].coresBusyUntil) + seconds / Double(cluster.ranks)
    hosts[host].coresBusyUntil = end
    let isShared = !cluster.hasCoresForExchange && profile.origin != .pretended
    if isShared && hosts[host].isComputing {
      hosts[host].stolen += seconds / Double(cluster.ranks * cluster.threads)
    }
    return end
  }
}

extension StepSimulation {
  /// The program of the host that computes longest.
  var busiestProgram: HostProgram {
    hosts.map(\.program).max { $0.computeSeconds < $1.computeSeconds } ?? hosts[0].program
  }
}
