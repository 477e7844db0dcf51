import Comm

/// Whether every pair of ranks reaches the other, by which network and how fast.
struct NetworkCheck: DoctorCheck {
  static let name = "network"

  /// How interfaces begin that lead to containers and virtual machines of their own host.
  private static let virtual = ["docker", "br-", "virbr", "veth", "cni", "flannel", "lxc"]

  func findings(_ examination: Examination) -> [Finding] {
    let ranks = examination.ranks.count
    guard ranks > 1 else { return [] }
    let pairs = ranks * (ranks - 1) / 2
    let greeted = "\(pairs) \(pairs == 1 ? "pair has" : "pairs have") exchanged a message"
    return [ok("all ranks", greeted)]
      + links(examination) + interfaces(examination)
  }

  private func links(_ examination: Examination) -> [Finding] {
    let leaders = examination.hosts.compactMap(\.ranks.first)
    return leaders.compactMap { rank in
      let measured = examination.measurements[rank]
      guard let latency = measured.latencySeconds, let rate = measured.linkBytesPerSecond else {
        return nil
      }
      return ok(
        examination.place([rank]),
        "to the next host \(Int(rate / 1e6)) MB/s, \(Int((latency * 1e6).rounded())) µs")
    }
  }

  private func interfaces(_ examination: Examination) -> [Finding] {
    let hosts = examination.hosts
    let variables = ["OMPI_MCA_btl_tcp_if_include", "OMPI_MCA_btl_tcp_if_exclude"]
    guard hosts.count > 1,
      variables.allSatisfy({ examination.ranks[0].environment[$0] == nil })
    else { return [] }
    let perHost = hosts.map { host in
      examination.measurements[host.ranks[0]].interfaces.filter { !$0.isLoopback }
    }
    var shared = Set(perHost[0].filter(Self.isReal).map(\.network))
    for interfaces in perHost {
      shared.formIntersection(interfaces.filter(Self.isReal).map(\.network))
    }
    let network = shared.min() ?? "NET"
    return zip(hosts, perHost).compactMap { host, interfaces in
      let strange = interfaces.filter { !shared.contains($0.network) || !Self.isReal($0) }
      guard !strange.isEmpty else { return nil }
      let names = strange.map { "\($0.name) (\($0.network))" }.joined(separator: ", ")
      return warn(
        examination.place(host.ranks), "\(names) may not lead to the other hosts",
        cure: "mpirun --mca btl_tcp_if_include \(network) --mca oob_tcp_if_include \(network)")
    }
  }

  private static func isReal(_ interface: NetworkInterface) -> Bool {
    !virtual.contains { interface.name.hasPrefix($0) }
  }
}

/// Whether the network between the hosts can carry the exchange of a step while it is computed.
struct LinkCheck: DoctorCheck {
  static let name = "link"

  func findings(_ examination: Examination) -> [Finding] {
    let hosts = examination.hosts
    guard hosts.count > 1, let needs = examination.needs else { return [] }
    let flops = examination.measurements.compactMap(\.gigaflops).reduce(0, +) * 1e9
    guard flops > 0 else { return [] }
    let computing = 2 * needs.stepMultiplyAdds / flops
    let count = Double(examination.ranks.count)
    var slowest = 0.0
    for host in hosts {
      guard let rate = examination.measurements[host.ranks[0]].linkBytesPerSecond else { continue }
      // Each rank sends a piece to every other one; those on its own host do not cross the link. Those that
      // share memory send as one.
      let ranks = Double(host.ranks.count)
      let pieces =
        needs.sharesMemory
        ? Double(hosts.count - 1) / Double(hosts.count) : ranks * (count - ranks) / count
      slowest = max(slowest, pieces * Double(needs.exchangedBytes) / rate)
    }
    guard slowest > 0 else { return [] }
    let found =
      "a step computes for \(Self.words(computing)) and sends for \(Self.words(slowest)) between "
      + "hosts"
    if slowest <= computing { return [ok("all ranks", found)] }
    return [
      warn(
        "all ranks", "\(found): this network cannot carry this model",
        cure: "raise train.global_batch_size, or set train.interleaved_samples to the samples of a "
          + "worker, or train.wire_precision=bf16")
    ]
  }

  private static func words(_ seconds: Double) -> String {
    seconds >= 1 ? "\((seconds * 10).rounded() / 10) s" : "\((seconds * 10_000).rounded() / 10) ms"
  }
}
