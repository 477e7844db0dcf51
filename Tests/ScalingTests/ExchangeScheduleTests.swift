import Comm
import Configuration
import Model
import Reduction
import Testing

@testable import Scaling

@Suite("Schedule of an exchange")
struct ExchangeScheduleTests {
  /// 64 buckets' worth of blocks for up to eight hosts.
  private let elements = 64 * 8 * 8 * GradientBuckets.blockLength

  private func configuration(microBatches: Int) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.train.microBatchSize = 1
    configuration.train.globalBatchSize = microBatches
    return configuration
  }

  private func schedule(
    hosts: Int, ranks: Int, _ kind: ExchangeKind, microBatches: Int = 64,
    _ change: (inout TrainingConfiguration) -> Void = { _ in }
  ) -> ExchangeSchedule {
    var configuration = configuration(microBatches: microBatches)
    change(&configuration)
    return ExchangeSchedule(
      elements, configuration,
      Cluster(hosts: hosts, ranks: ranks, threads: 1, bytesPerSecond: 1, latency: 0), kind)
  }

  /// Bytes that a host sends of gradients, and of weights.
  private func sent(_ schedule: ExchangeSchedule, by host: Int) -> (gradients: Int, weights: Int) {
    let shares = schedule.buckets.indices.map {
      schedule.share(of: $0, host: host, isMean: false)
    }
    return (
      shares.flatMap(\.gradients).reduce(0) { $0 + $1.bytes },
      shares.flatMap(\.weights).reduce(0) { $0 + $1.bytes }
    )
  }

  @Test(
    "Hosts that exchange as one send G·(H−1)/H each way, whatever their ranks",
    arguments: [1, 2, 4, 8], [1, 2, 4])
  func hosts(hosts: Int, ranks: Int) {
    let schedule = schedule(hosts: hosts, ranks: ranks, .hosts)
    let bytes = 4 * elements / hosts * (hosts - 1)
    for host in 0..<hosts {
      let sent = sent(schedule, by: host)
      #expect(abs(sent.gradients - bytes) <= bytes / 25)
      #expect(abs(sent.weights - bytes) <= bytes / 25)
    }
    #expect((0..<hosts).reduce(0) { $0 + sent(schedule, by: $1).gradients } == bytes * hosts)
  }

  @Test(
    "Ranks that exchange each for itself send that for every rank", arguments: [2, 4], [1, 2, 4])
  func ranks(hosts: Int, ranks: Int) {
    let schedule = schedule(hosts: hosts, ranks: ranks, .ranks)
    let bytes = ranks * 4 * elements / hosts * (hosts - 1)
    #expect((0..<hosts).reduce(0) { $0 + sent(schedule, by: $1).gradients } == bytes * hosts)
    #expect((0..<hosts).reduce(0) { $0 + sent(schedule, by: $1).weights } == bytes * hosts)
  }

  @Test("Buckets and pieces are those of training", arguments: ExchangeKind.allCases)
  func buckets(kind: ExchangeKind) {
    let schedule = schedule(hosts: 2, ranks: 3, kind)
    let real = GradientBuckets(
      count: elements, megabytes: TrainingConfiguration().train.bucketMB,
      hosts: HostRanks(counts: kind == .hosts ? [3, 3] : [6]))
    #expect(schedule.buckets == real.buckets)
    for bucket in real.buckets.indices {
      let own = schedule.share(of: bucket, host: 1, isMean: false).ownedElements
      #expect(own == (3..<6).reduce(0) { $0 + real.piece(of: bucket, rank: $1).count })
    }
  }

  @Test("Hosts exchange as one where ranks share memory and sum in order, as in training")
  func kinds() {
    var configuration = TrainingConfiguration()
    #expect(ExchangeKind.used(by: configuration) == .hosts)
    configuration.train.sharedMemory = false
    #expect(ExchangeKind.used(by: configuration) == .ranks)
    configuration.train.sharedMemory = true
    configuration.train.reduction = .mpi
    #expect(ExchangeKind.used(by: configuration) == .ranks)
  }

  @Test("In bf16 half of the gradients travel, and all of the weights")
  func wire() {
    let full = sent(schedule(hosts: 2, ranks: 1, .hosts), by: 0)
    let half = sent(
      schedule(hosts: 2, ranks: 1, .hosts) { $0.train.wirePrecision = .bf16 }, by: 0)
    #expect(2 * half.gradients == full.gradients && half.weights == full.weights)
  }

  @Test("Micro-batches that do not make one node of a host travel as several")
  func nodes() {
    // Of six leaves the tree has halves of four and two: 0..<3 are two nodes, and so are 3..<6.
    let uneven = schedule(hosts: 2, ranks: 1, .hosts, microBatches: 6)
    let even = schedule(hosts: 2, ranks: 1, .hosts, microBatches: 8)
    #expect(sent(uneven, by: 0).gradients == 2 * sent(even, by: 0).gradients)
    #expect(even.isSymmetric)
    #expect(!schedule(hosts: 3, ranks: 1, .hosts, microBatches: 8).isSymmetric)
  }

  @Test("Messages that are joined keep their bytes")
  func joined() {
    let schedule = schedule(hosts: 8, ranks: 2, .ranks)
    let (all, few) = (
      schedule.share(of: 3, host: 2, isMean: true),
      schedule.share(of: 3, host: 2, isMean: true, mostMessages: 3)
    )
    #expect(few.gradients.count == 3 && all.gradients.count == 7)
    #expect(few.sentBytes == all.sentBytes && few.sentMessages == all.sentMessages)
  }
}
