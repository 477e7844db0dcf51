import Configuration
import Foundation
import Model
import Testing

@testable import Scaling

@Suite("Plans of training")
struct PlannerTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "configs")

  static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".toml") }.sorted()

  /// Small enough to be simulated quickly, with eight micro-batches a step.
  private func configuration() -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.train.globalBatchSize = 128
    configuration.train.microBatchSize = 16
    configuration.train.bucketMB = 0.25
    return configuration
  }

  private func planner(
    _ configuration: TrainingConfiguration, isWeak: Bool = false, exchange: ExchangeKind? = nil
  ) throws -> Planner {
    let model = try configuration.makeModel()
    return Planner(
      configuration, model, ComputeProfile(estimating: model, configuration, gigaflops: 20),
      exchange: exchange, isWeak: isWeak, trainingSamples: 60_000)
  }

  private func cluster(_ hosts: Int, ranks: Int = 1, rate: Double = 1e9) -> Cluster {
    Cluster(hosts: hosts, ranks: ranks, threads: 1, bytesPerSecond: rate, latency: 10e-6)
  }

  @Test("Every file of configs/ can be planned", arguments: names)
  func files(name: String) throws {
    let configuration = try TrainingConfiguration(
      file: Self.folder.appending(path: name).path
    ).resolved()
    let planner = try planner(configuration)
    let (one, four) = (planner.predict(cluster(1, ranks: 2)), planner.predict(cluster(4, ranks: 2)))
    #expect(one.stepSeconds > 0 && four.stepSeconds > 0)
    #expect(one.sentBytesPerHost == 0 && four.sentBytesPerHost > 0)
    #expect(four.computeSeconds < one.computeSeconds * 1.001)
    #expect(four.memoryBytesPerHost > 0 && four.checkpointBytes > 0)
    #expect((four.steps ?? 0) > 0 && (four.hours ?? 0) > 0)
  }

  @Test("There are files to plan")
  func list() {
    #expect(Self.names.count > 30)
  }

  @Test("Without a wire a step is what its worker computes")
  func alone() throws {
    let planner = try planner(configuration())
    let run = planner.predict(cluster(1))
    #expect(abs(run.stepSeconds - run.computeSeconds) < 1e-12)
    #expect(run.limit == "compute" && run.exposedSeconds < 1e-12)
    // Eight micro-batches, seven additions, one update.
    let profile = planner.profile
    let elements = Double(try configuration().makeModel().layout.gradientCount)
    let expected =
      8 * profile.microBatchSeconds + 7 * elements * 4 * profile.additionSecondsPerByte
      + elements * profile.updateSecondsPerElement
    #expect(abs(run.stepSeconds / expected - 1) < 1e-9)
  }

  @Test(
    "One host that stands for all is too hopeful, by as much as the page on planning says",
    arguments: [2, 4, 8])
  func folded(hosts: Int) throws {
    var configuration = configuration()
    configuration.model = try #require(ModelConfiguration.preset("gmlp-ti16"))
    configuration.train.bucketMB = 8
    for exchange in ExchangeKind.allCases {
      let planner = try planner(configuration, isWeak: true, exchange: exchange)
      let cluster = cluster(hosts, ranks: 2, rate: 1e6)
      let all = planner.stepTimes(cluster, isFolded: false)
      let one = planner.stepTimes(cluster, isFolded: true)
      let share = one.step / all.step
      let least = hosts == 2 ? 0.97 : exchange == .hosts ? 0.85 : 0.7
      #expect(share > least && share < 1.03, "\(exchange): \(one.step), \(all.step)")
    }
  }

  @Test("A slower link makes steps longer, and is named as what limits")
  func bandwidth() throws {
    let planner = try planner(configuration())
    let steps = [1e9, 1e7, 1e6].map { planner.predict(cluster(4, rate: $0)) }
    #expect(steps[0].stepSeconds < steps[1].stepSeconds)
    #expect(steps[1].stepSeconds < steps[2].stepSeconds)
    #expect(steps[2].limit == "bandwidth")
    // Not faster than the bytes can be.
    #expect(steps[2].stepSeconds >= Double(steps[2].sentBytesPerHost) / 1e6)
    var far = cluster(4)
    far.latency = 0.2
    #expect(planner.predict(far).limit == "latency")
  }

  @Test("More workers than micro-batches have no work, and a loader that is too slow is named")
  func work() throws {
    let planner = try planner(configuration())
    #expect(planner.predict(cluster(16)).limit == "work")
    var profile = planner.profile
    profile.loaderSecondsPerSample = 1
    let slow = Planner(configuration(), try configuration().makeModel(), profile)
    let run = slow.predict(cluster(1))
    #expect(run.limit == "loader" && run.stepSeconds == 128)
    var small = cluster(2)
    small.memoryBytes = 1e6
    #expect(planner.predict(small).limit == "memory")
  }

  @Test("A batch that grows with the hosts keeps the work of a worker")
  func weak() throws {
    let planner = try planner(configuration(), isWeak: true)
    let plan = ScalingPlan(planner, cluster(6))
    #expect(plan.rows.map(\.hosts) == [1, 2, 4, 6])
    #expect(plan.rows.map(\.globalBatchSize) == [128, 256, 512, 768])
    #expect(Set(plan.rows.map(\.microBatchesPerWorker)) == [8])
    #expect(plan.rows[0].efficiency == 1)
    for row in plan.rows {
      let rate = Double(row.hosts) * plan.rows[0].samplesPerSecond
      #expect(abs(row.efficiency - row.samplesPerSecond / rate) < 1e-12)
    }
  }

  @Test("A thousand hosts are planned as one that stands for all", .timeLimit(.minutes(5)))
  func many() throws {
    let planner = try planner(configuration(), isWeak: true)
    for exchange in ExchangeKind.allCases {
      var planner = planner
      planner.exchange = exchange
      let run = planner.predict(cluster(1_024, ranks: 8))
      #expect(run.samplesPerSecond > 0 && run.globalBatchSize == 1_024 * 128)
    }
  }

  @Test("Advice gains what it says, and says what changes the weights")
  func advice() throws {
    let planner = try planner(configuration())
    let slow = cluster(4, ranks: 2, rate: 5e6)
    let advice = Advisor(planner, slow).advice
    let wire = try #require(advice.first { $0.change == "train.wire_precision=bf16" })
    #expect(wire.changesNumbers && wire.gain > 0.05)
    var other = planner
    other.configuration.train.wirePrecision = .bf16
    #expect(abs(other.predict(slow).samplesPerSecond / wire.samplesPerSecond - 1) < 1e-9)
    #expect(advice.map(\.gain) == advice.map(\.gain).sorted(by: >))
    #expect(!Advisor(planner, cluster(1)).advice.contains { $0.change.contains("wire") })
  }

  @Test("A trace has a header, the messages of one step, and its end")
  func trace() throws {
    let planner = try planner(configuration(), isWeak: true)
    let text = String(decoding: planner.trace(cluster(4)), as: UTF8.self)
    let lines = try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(lines.first?["event"] as? String == "cluster")
    #expect(lines.first?["symmetric"] as? Bool == true)
    let messages = lines.filter { $0["event"] as? String == "message" }
    let bytes = messages.reduce(0) { $0 + ($1["bytes"] as? Int ?? 0) }
    let sent = planner.predict(cluster(4)).sentBytesPerHost
    // A trace of one host for all has the mean of their parts, which differ by a few blocks.
    #expect(abs(bytes - sent) <= sent / 100, "\(bytes) of \(sent)")
    #expect(messages.allSatisfy { ($0["ready_seconds"] as? Double ?? -1) >= 0 })
    let last = messages.compactMap { $0["ready_seconds"] as? Double }.max() ?? 0
    #expect(try #require(lines.last?["seconds"] as? Double) > last)
    #expect(lines.last?["exchange_limit"] as? Int == 4)
  }
}
