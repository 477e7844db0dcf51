import Hardware
import Train

/// Whether a container grants the time of as many processors as the run has threads for.
struct QuotaCheck: DoctorCheck {
  static let name = "quota"
  static let tellsWarningsAtStart = true

  func findings(_ examination: Examination) -> [Finding] {
    examination.hosts.flatMap { findings($0.ranks, examination) }
  }

  private func findings(_ host: [Int], _ examination: Examination) -> [Finding] {
    let threads = host.map { examination.ranks[$0].threads }.reduce(0, +)
    let available = examination.ranks[host[0]].available.count
    guard let quota = examination.ranks[host[0]].processor.quota else { return [] }
    let used = min(threads, available)
    let place = examination.place(host)
    let found = "the container may use the time of \(quota) processors, and \(used) are used"
    if quota >= Double(used) { return [ok(place, found)] }
    return [
      warn(place, found, cure: "docker run --cpus=\(used), or fewer ranks")
    ]
  }
}

/// Whether all processors are of one type and run as fast as they can.
struct ProcessorCheck: DoctorCheck {
  static let name = "processors"

  func findings(_ examination: Examination) -> [Finding] {
    types(examination) + examination.hosts.flatMap { frequency($0.ranks, examination) }
  }

  private func types(_ examination: Examination) -> [Finding] {
    let groups = examination.groups { examination.ranks[$0].processor.model }
    guard groups.count > 1 else {
      return [ok(examination.place(examination.ranks.indices), groups.first?.value ?? "none")]
    }
    return groups.map { model, ranks in
      warn(
        examination.place(ranks),
        "\(model), one of \(groups.count) types: the slowest sets the pace",
        cure:
          "start on hosts of one type; unless train.products is portable, set OPENBLAS_CORETYPE "
          + "and ONEDNN_MAX_CPU_ISA alike")
    }
  }

  private func frequency(_ host: [Int], _ examination: Examination) -> [Finding] {
    let facts = examination.ranks[host[0]].processor
    let place = examination.place(host)
    var findings: [Finding] = []
    // Under intel_pstate, which reports turbo, powersave is the default governor.
    let isSlow = facts.governor == "powersave" && facts.isBoosted == nil
    if isSlow || facts.governor == "conservative" {
      findings.append(
        warn(
          place, "the frequency governor is \(facts.governor ?? "")",
          cure: "cpupower frequency-set -g performance"))
    }
    if facts.isBoosted == false {
      findings.append(
        warn(
          place, "turbo frequencies are switched off", cure: "switch boost on in /sys or the BIOS"))
    }
    return findings
  }
}
