import Testing

@testable import Scaling

/// Steps whose times are known from a sheet of paper.
@Suite("Simulated steps")
struct StepSimulationTests {
  /// Hosts with a core for the exchange, on links of 1 MB/s and half a second.
  private func cluster(_ hosts: Int) -> Cluster {
    var cluster = Cluster(
      hosts: hosts, ranks: 1, threads: 1, bytesPerSecond: 1e6, latency: 0.5, cores: 2)
    cluster.eagerBytes = 1 << 40
    cluster.wireSecondsPerByte = 0
    cluster.wireSecondsPerMessage = 0
    return cluster
  }

  private func profile(additionSecondsPerByte: Double = 0) -> ComputeProfile {
    ComputeProfile(
      origin: .measured, parameters: 1, precision: "fp32", products: "portable", microBatch: 1,
      layers: [], updateSecondsPerElement: 0, additionSecondsPerByte: additionSecondsPerByte)
  }

  /// What `host` of `hosts` does for a bucket of which it sends so many bytes to every other one.
  private func share(
    _ host: Int, of hosts: Int, gradients: Int, weights: Int, joined: Int = 0, added: Int = 0
  ) -> BucketShare {
    func messages(_ bytes: Int) -> [HostMessage] {
      (0..<hosts - 1).map {
        HostMessage(to: (host + $0 + 1) % hosts, bytes: bytes, count: 1, round: $0)
      }.filter { $0.bytes > 0 }
    }
    return BucketShare(
      gradients: messages(gradients), weights: messages(weights), bytesJoined: joined,
      bytesAdded: added, ownedElements: 0)
  }

  /// Computes for a second, and exchanges one bucket.
  private let plain: [HostAction] = [
    .awaitWeights(bucket: 0), .compute(seconds: 1), .sendGradients(bucket: 0), .awaitGradients,
    .meet, .sendWeights(bucket: 0),
  ]

  /// The third step: its length, and what of it is exposed.
  private func thirdStep(
    _ programs: [HostProgram], _ cluster: Cluster, _ profile: ComputeProfile? = nil
  ) -> (seconds: Double, exposed: Double) {
    var simulation = StepSimulation(programs, cluster, profile ?? self.profile(), steps: 3)
    let ends = simulation.run()
    return (ends[2].time - ends[1].time, ends[2].exposed)
  }

  private func programs(
    _ hosts: Int, gradients: Int, weights: Int, actions: [HostAction]? = nil
  ) -> [HostProgram] {
    (0..<hosts).map {
      HostProgram(
        actions: actions ?? plain,
        shares: [share($0, of: hosts, gradients: gradients, weights: weights)])
    }
  }

  @Test("One host sends nothing, and a step takes as long as it computes")
  func oneHost() {
    let step = thirdStep(programs(1, gradients: 1_000_000, weights: 1_000_000), cluster(1))
    #expect(step.seconds == 1 && step.exposed == 0)
  }

  @Test("Between two hosts a message takes the latency and its bytes at the rate of the link")
  func twoHosts() {
    // 1 s of computing, 0.5 + 1 s of gradients, 0.5 + 2 s of weights.
    let step = thirdStep(programs(2, gradients: 1_000_000, weights: 2_000_000), cluster(2))
    #expect(step.seconds == 5 && step.exposed == 4)
  }

  @Test("A long message first asks whether it may come, and waits for the answer")
  func rendezvous() {
    var cluster = cluster(2)
    cluster.eagerBytes = 1_500_000
    // Only that of the weights is so long: two latencies more.
    let step = thirdStep(programs(2, gradients: 1_000_000, weights: 2_000_000), cluster)
    #expect(step.seconds == 6 && step.exposed == 5)
  }

  @Test("An exchange beside computation is hidden")
  func overlap() {
    let actions: [HostAction] = [
      .compute(seconds: 2), .sendGradients(bucket: 0), .compute(seconds: 3),
      .sendGradients(bucket: 1), .awaitGradients, .meet, .sendWeights(bucket: 1),
      .sendWeights(bucket: 0), .compute(seconds: 2), .awaitWeights(bucket: 0),
    ]
    let programs = (0..<2).map { host in
      HostProgram(
        actions: actions,
        shares: [
          share(host, of: 2, gradients: 2_500_000, weights: 1_500_000),
          share(host, of: 2, gradients: 0, weights: 0),
        ])
    }
    // The gradients are there 0.5 + 2.5 s after they were ready, and the weights after 0.5 + 1.5 s.
    let step = thirdStep(programs, cluster(2))
    #expect(step.seconds == 7 && step.exposed == 0)
  }

  @Test("Messages queue on a link, in both directions")
  func queueing() {
    // Each host sends two messages of a second one after the other, and receives two at the same times.
    let step = thirdStep(programs(3, gradients: 1_000_000, weights: 0), cluster(3))
    #expect(step.seconds == 1 + 2 + 0.5)
    #expect(step.exposed == 2.5)
  }

  @Test("Messages of two senders queue at their receiver")
  func receiver() {
    func program(_ host: Int, _ messages: [HostMessage]) -> HostProgram {
      HostProgram(
        actions: plain,
        shares: [
          BucketShare(
            gradients: messages, weights: [], bytesJoined: 0, bytesAdded: 0, ownedElements: 0)
        ])
    }
    let message = HostMessage(to: 0, bytes: 1_000_000, count: 1, round: 0)
    let step = thirdStep(
      [program(0, []), program(1, [message]), program(2, [message])], cluster(3))
    // Both leave within the same second; they arrive within two.
    #expect(step.seconds == 1 + 0.5 + 2)
  }

  @Test("Additions before and after the messages take the cores of the exchange")
  func additions() {
    let programs = (0..<2).map { host in
      HostProgram(
        actions: plain,
        shares: [
          share(host, of: 2, gradients: 1_000_000, weights: 0, joined: 1_000_000, added: 2_000_000)
        ])
    }
    let step = thirdStep(programs, cluster(2), profile(additionSecondsPerByte: 0x1p-20))
    #expect(abs(step.seconds - (1 + 0.5 + 1 + 3e6 * 0x1p-20)) < 1e-9)
  }

  @Test("Without cores of its own, the exchange slows the workers, and notices messages later")
  func stolen() {
    var crowded = cluster(2)
    crowded.cores = 1
    crowded.wireSecondsPerMessage = 0.25
    let actions: [HostAction] = [
      .compute(seconds: 1), .sendGradients(bucket: 0), .compute(seconds: 4),
      .sendGradients(bucket: 1), .awaitGradients, .meet, .sendWeights(bucket: 1),
      .sendWeights(bucket: 0),
    ]
    let programs = (0..<2).map { host in
      HostProgram(
        actions: actions,
        shares: [
          share(host, of: 2, gradients: 1_000_000, weights: 0),
          share(host, of: 2, gradients: 0, weights: 0),
        ])
    }
    // A message is sent and one received: half a second of the only core.
    let step = thirdStep(programs, crowded)
    #expect(step.seconds == 5.5 && step.exposed == 0.5)
    crowded.cores = 2
    #expect(thirdStep(programs, crowded).seconds == 5)
  }

  @Test("All hosts wait for the slowest")
  func slowest() {
    var programs = programs(2, gradients: 1_000_000, weights: 0)
    var slow = plain
    slow[1] = .compute(seconds: 3)
    programs[1] = HostProgram(actions: slow, shares: programs[1].shares)
    let step = thirdStep(programs, cluster(2))
    #expect(step.seconds == 3 + 1.5 && step.exposed == 3.5)
  }

  @Test("At most four exchanges are under way")
  func limit() {
    let buckets = 6
    var actions: [HostAction] = [.compute(seconds: 1)]
    actions += (0..<buckets).map { HostAction.sendGradients(bucket: $0) }
    actions += [.awaitGradients, .meet]
    actions += (0..<buckets).reversed().map { HostAction.sendWeights(bucket: $0) }
    let programs = (0..<2).map { [actions] host in
      HostProgram(
        actions: actions,
        shares: (0..<buckets).map { _ in share(host, of: 2, gradients: 250_000, weights: 0) })
    }
    var cluster = cluster(2)
    cluster.latency = 2
    // The first arrives after 2.25 s, and only then the fifth leaves; the sixth leaves and arrives behind it.
    let step = thirdStep(programs, cluster)
    #expect(step.seconds == 1 + 2.25 + 2.25 + 0.25)
  }

  @Test("In rounds a host sends to the next one when both messages of a round are over")
  func rounds() {
    let programs = programs(3, gradients: 1_000_000, weights: 0)
    var simulation = StepSimulation(
      programs, cluster(3), profile(), roundsAtOnce: 1, steps: 3)
    let ends = simulation.run()
    // Each of the two rounds takes its latency and its bytes.
    #expect(ends[2].time - ends[1].time == 1 + 2 * 1.5)
  }

  @Test("A message waits for its receiver to start its round, also where hosts do not all send")
  func unequalRounds() {
    // Host 0 sends in the second round alone, and the others in the first and in both.
    let messages = [[2], [2, 0], [0]]
    let programs = (0..<3).map { host in
      HostProgram(
        actions: plain,
        shares: [
          BucketShare(
            gradients: messages[host].map {
              HostMessage(to: $0, bytes: 1_000_000, count: 1, round: ($0 - host + 2) % 3)
            }, weights: [], bytesJoined: 0, bytesAdded: 0, ownedElements: 0)
        ])
    }
    var cluster = cluster(3)
    cluster.eagerBytes = 1
    var simulation = StepSimulation(programs, cluster, profile(), roundsAtOnce: 1, steps: 3)
    let ends = simulation.run()
    // Two rounds, in each of which a message asks, is answered and travels.
    #expect(ends[2].time - ends[1].time == 1 + 2 * 2.5)
  }

  @Test("One host stands for all where they do the same", arguments: 2...8)
  func folded(hosts: Int) {
    var cluster = cluster(hosts)
    cluster.cores = 1
    cluster.eagerBytes = 300_000
    cluster.wireSecondsPerMessage = 0.01
    let actions: [HostAction] = [
      .awaitWeights(bucket: 1), .compute(seconds: 0.5), .awaitWeights(bucket: 0),
      .compute(seconds: 1), .sendGradients(bucket: 0), .compute(seconds: 0.7),
      .sendGradients(bucket: 1), .awaitGradients, .meet, .compute(seconds: 0.1),
      .sendWeights(bucket: 1), .compute(seconds: 0.1), .sendWeights(bucket: 0),
    ]
    let programs = (0..<hosts).map { host in
      HostProgram(
        actions: actions,
        shares: [
          share(host, of: hosts, gradients: 200_000, weights: 100_000, added: 1_000),
          share(host, of: hosts, gradients: 400_000, weights: 400_000, joined: 2_000, added: 1_000),
        ])
    }
    let profile = profile(additionSecondsPerByte: 1e-6)
    for roundsAtOnce in [1, 4, Int.max] {
      func thirdStep(_ programs: [HostProgram]) -> (seconds: Double, exposed: Double) {
        var simulation = StepSimulation(
          programs, cluster, profile, roundsAtOnce: roundsAtOnce, steps: 3)
        let ends = simulation.run()
        return (ends[2].time - ends[1].time, ends[2].exposed)
      }
      let (all, one) = (thirdStep(programs), thirdStep([programs[0]]))
      #expect(abs(all.seconds - one.seconds) < 1e-9)
      #expect(abs(all.exposed - one.exposed) < 1e-9)
      #expect(all.exposed > 0.1)
    }
  }
}
