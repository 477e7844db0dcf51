/// What the communication threads and the links do.
extension StepSimulation {
  /// Starts the jobs of `host` that may start.
  mutating func serve(_ host: Int, at now: Double) {
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
  mutating func start(
    _ id: SimulatedHost.ExchangeID, on host: Int, queued: Double, at now: Double
  ) {
    let messages = hosts[host].messages(of: id)
    let first = SimulatedHost.ExchangeID(step: 0, isOfWeights: id.isOfWeights, bucket: id.bucket)
    hosts[host].progress[id, default: ExchangeProgress()].begin(
      sent: messages.map(\.round), received: expected[host][first] ?? [])
    hosts[host].underWay.append(id)
    if !id.isOfWeights {
      let joined = Double(hosts[host].program.shares[id.bucket].bytesJoined)
      _ = occupyCores(of: host, joined * profile.additionSecondsPerByte, at: now)
    }
    if id.step == 0 {
      for message in messages { trace?.add(message, of: id, from: host, queued: queued) }
    }
    startRounds(of: id, on: host, at: now)
    endIfOver(id, on: host, at: now)
  }

  /// Starts the rounds whose turn it is: own messages leave or ask, and those that have asked may come.
  private mutating func startRounds(
    of id: SimulatedHost.ExchangeID, on host: Int, at now: Double
  ) {
    guard let rounds = hosts[host].progress[id]?.startRounds(atOnce: roundsAtOnce), !rounds.isEmpty
    else { return }
    for message in hosts[host].messages(of: id) where rounds.contains(message.round) {
      let ready = occupyCores(of: host, wireSeconds(message), at: now)
      let transfer = Transfer(
        from: host, to: isFolded ? 0 : message.to, id: id, message: message)
      if message.bytes > cluster.eagerBytes * message.count {
        queue.add(.asked(transfer), at: ready + cluster.latency + cluster.reaction)
      } else {
        queue.add(.departed(transfer), at: ready)
      }
    }
    for transfer in hosts[host].progress[id]?.takeAnswered() ?? [] { answer(transfer, at: now) }
  }

  /// Notes that a message has left `host`, or arrived there.
  mutating func end(_ transfer: Transfer, on host: Int, at now: Double) {
    hosts[host].progress[transfer.id, default: ExchangeProgress()].end(
      round: transfer.message.round)
    startRounds(of: transfer.id, on: host, at: now)
    endIfOver(transfer.id, on: host, at: now)
  }

  /// Lets a message come, at once or when its receiver has started its round.
  mutating func answer(_ transfer: Transfer, at now: Double) {
    let (host, id) = (transfer.to, transfer.id)
    if hosts[host].progress[id]?.takes(round: transfer.message.round) ?? false {
      queue.add(.departed(transfer), at: now + cluster.latency + cluster.reaction)
    } else {
      hosts[host].progress[id, default: ExchangeProgress()].keep(transfer)
    }
  }

  mutating func send(_ transfer: Transfer, at now: Double) {
    let start = max(now, hosts[transfer.from].sendingUntil)
    let end = start + Double(transfer.message.bytes) / cluster.bytesPerSecond
    hosts[transfer.from].sendingUntil = end
    queue.add(.sent(transfer), at: end)
    queue.add(.reached(transfer), at: start + cluster.latency)
  }

  /// The bytes of a message pass the receiver's link while they leave the sender's.
  mutating func receive(_ transfer: Transfer, at now: Double) {
    let start = max(now, hosts[transfer.to].receivingUntil)
    let end = start + Double(transfer.message.bytes) / cluster.bytesPerSecond
    hosts[transfer.to].receivingUntil = end
    queue.add(.arrived(transfer), at: end + cluster.reaction)
  }

  /// Adds up what has arrived, once all has, and all has left.
  private mutating func endIfOver(
    _ id: SimulatedHost.ExchangeID, on host: Int, at now: Double
  ) {
    guard let progress = hosts[host].progress[id], progress.isOver else { return }
    let added = id.isOfWeights ? 0 : hosts[host].program.shares[id.bucket].bytesAdded
    let end = occupyCores(of: host, Double(added) * profile.additionSecondsPerByte, at: now)
    queue.add(.ended(host: host, id), at: end)
  }

  /// The seconds of a core that a message takes from its sender, and from its receiver.
  func wireSeconds(_ message: HostMessage) -> Double {
    Double(message.bytes) * cluster.wireSecondsPerByte
      + Double(message.count) * cluster.wireSecondsPerMessage
  }

  /// Has the communication threads of `host` work for so many seconds of a core, divided among its ranks.
  ///
  /// - Returns: when they have done it.
  mutating func occupyCores(of host: Int, _ seconds: Double, at now: Double) -> Double {
    let end = max(now, hosts[host].coresBusyUntil) + seconds / Double(cluster.ranks)
    hosts[host].coresBusyUntil = end
    let isShared = !cluster.hasCoresForExchange && profile.origin != .pretended
    if isShared && hosts[host].isComputing {
      hosts[host].stolen += seconds / Double(cluster.ranks * cluster.threads)
    }
    return end
  }
}
