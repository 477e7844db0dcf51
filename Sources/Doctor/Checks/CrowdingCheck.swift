import Files

/// Whether a host has a processor for each compute thread.
struct CrowdingCheck: DoctorCheck {
  static let name = "threads"
  static let tellsWarningsAtStart = true

  func findings(_ examination: Examination) -> [Finding] {
    examination.hosts.map { finding($0.ranks, examination) }
  }

  private func finding(_ host: [Int], _ examination: Examination) -> Finding {
    let facts = examination.ranks[host[0]]
    let threads = host.map { examination.ranks[$0].threads }.reduce(0, +)
    let (place, processors) = (examination.place(host), facts.available.count)
    let found =
      "\(host.count) × \(counted(facts.threads, "compute thread")) for \(counted(processors, "processor"))"
    guard threads > processors else { return ok(place, found) }
    if host.count > 1 && facts.environment["OMPI_MCA_mpi_yield_when_idle"] != "1" {
      return fail(
        place, "\(found), and ranks that wait do not give way",
        cure: "unset OMPI_MCA_mpi_yield_when_idle, or set it to 1")
    }
    let ranks = max(1, processors / max(1, facts.threads))
    return warn(
      place, "\(found): they take turns\(host.count > 1 ? ", and give way while they wait" : "")",
      cure: host.count > 1
        ? "mpirun -n \(ranks) with --threads \(min(facts.threads, processors)), unless it is intended"
        : "--threads \(processors), unless it is intended")
  }
}
