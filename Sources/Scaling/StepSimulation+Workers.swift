/// What the workers do.
extension StepSimulation {
  /// Lets the workers of `host` do what they can.
  mutating func proceed(_ host: Int, at now: Double) {
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
  mutating func mayPass(_ action: HostAction, _ host: Int, at now: Double) -> Bool {
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

  mutating func endComputation(of host: Int, at now: Double) {
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

  mutating func endStep(of host: Int, at now: Double) {
    hosts[host].ends.append((now, hosts[host].exposed))
    hosts[host].exposed = 0
    hosts[host].reducedBuckets = 0
    hosts[host].position = 0
    hosts[host].step += 1
  }

  /// Notes that `host` has come to a collective: the agreement of a step, and then its statistics.
  mutating func join(_ number: Int, _ host: Int, at now: Double) {
    hosts[host].meetingsJoined = number + 1
    let count = met[number, default: 0] + 1
    met[number] = count
    guard count == hosts.count else { return }
    let seconds = number.isMultiple(of: 2) ? agreementSeconds : statisticsSeconds
    queue.add(.met(number: number), at: now + seconds)
  }

  mutating func endMeeting(_ number: Int, at now: Double) {
    if !number.isMultiple(of: 2) { trace?.meet(number, at: now) }
    for host in hosts.indices {
      hosts[host].meetingsOver = number + 1
      if number.isMultiple(of: 2) { hosts[host].isAgreeing = false }
      serve(host, at: now)
      proceed(host, at: now)
    }
  }
}
