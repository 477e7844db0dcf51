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
      // Each rank sends a piece to every other one; those on its own host do not cross the link.
      let pieces = Double(host.ranks.count) * (count - Double(host.ranks.count)) / count
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
