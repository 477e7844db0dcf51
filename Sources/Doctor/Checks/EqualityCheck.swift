import Configuration
import Foundation
import Train

/// Whether all ranks start the same program with the same configuration, data and kernels.
struct EqualityCheck: DoctorCheck {
  static let name = "equality"

  func findings(_ examination: Examination) -> [Finding] {
    guard !examination.starts.isEmpty else { return [] }
    var facts: [(rank: Int, facts: [StartInvariant])] = []
    var faults: [Int: CommandError] = [:]
    for (rank, start) in examination.starts.enumerated() {
      switch start {
      case .success(let own): facts.append((rank, own))
      case .failure(let error): faults[rank] = error
      }
    }
    let groups = examination.groups(faults.keys.sorted()) { faults[$0]?.description ?? "" }
    let failed = groups.map { text, ranks in
      let (finding, cure) = Self.parts(of: text)
      return fail(examination.place(ranks), finding, cure: cure)
    }
    return failed + compare(facts, examination) + hostNames(examination)
  }

  /// An error's line in two: what is wrong, and what to do.
  private static func parts(of text: String) -> (finding: String, cure: String) {
    guard let border = text.range(of: "; ", options: .backwards) else {
      return (text, "fix it on the ranks that are named")
    }
    return (String(text[..<border.lowerBound]), String(text[border.upperBound...]))
  }

  private func compare(
    _ starts: [(rank: Int, facts: [StartInvariant])], _ examination: Examination
  ) -> [Finding] {
    guard let first = starts.first else { return [] }
    var equal: [String] = []
    var findings: [Finding] = []
    for (index, fact) in first.facts.enumerated() {
      let others = examination.groups(starts.indices) { starts[$0].facts[index].shortValue }
        .dropFirst()
      if others.isEmpty { equal.append(fact.name) }
      for (value, places) in others {
        let ranks = places.map { starts[$0].rank }
        findings.append(
          fail(
            examination.place(ranks),
            "the \(fact.name) is \(value), on rank \(first.rank) \(fact.shortValue)",
            cure: fact.advice))
      }
    }
    if examination.ranks.count > 1 {
      findings.append(
        ok(examination.place(starts.map(\.rank)), "equal: \(equal.joined(separator: "; "))"))
    }
    return findings
  }

  /// Two machines with the same name are indistinguishable, and ranks on them do not share memory.
  private func hostNames(_ examination: Examination) -> [Finding] {
    examination.hosts.compactMap { host in
      let machines = Set(host.ranks.map { examination.ranks[$0].bootIdentity })
      guard machines.count > 1 else { return nil }
      return fail(
        examination.place(host.ranks), "\(machines.count) machines are called \(host.name)",
        cure: "hostnamectl set-hostname, another name for each")
    }
  }
}
