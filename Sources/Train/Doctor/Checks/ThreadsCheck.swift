/// Whether threads are as many as the program means, and not more than the host can run.
struct ThreadsCheck: DoctorCheck {
  static let name = "threads"

  func findings(_ examination: Examination) -> [Finding] {
    blas(examination) + variables(examination)
      + examination.hosts.flatMap { oversubscription($0.ranks, examination) }
  }

  private func blas(_ examination: Examination) -> [Finding] {
    examination.groups { examination.ranks[$0].blasThreads }.map { threads, ranks in
      let place = examination.place(ranks)
      return threads == 1
        ? ok(place, "BLAS takes 1 thread a product")
        : fail(
          place, "BLAS takes \(threads) threads a product", cure: "export OPENBLAS_NUM_THREADS=1")
    }
  }

  private func variables(_ examination: Examination) -> [Finding] {
    let binding = examination.groups { rank in
      BindingCheck.bindingVariables.filter { name in
        guard let value = examination.ranks[rank].environment[name]?.lowercased() else {
          return false
        }
        return !(name == "OMP_PROC_BIND" && value == "false")
      }
    }
    return binding.filter { !$0.value.isEmpty }.map { names, ranks in
      let set = names.map { "\($0)=\(examination.ranks[ranks[0]].environment[$0] ?? "")" }
      return warn(
        examination.place(ranks),
        "\(set.joined(separator: " ")) lets libgomp bind the whole process, workers too",
        cure: "unset \(names.joined(separator: " "))")
    }
  }

  private func oversubscription(_ host: [Int], _ examination: Examination) -> [Finding] {
    let facts = examination.ranks[host[0]]
    let threads = host.map { examination.ranks[$0].threads }.reduce(0, +)
    let (place, processors) = (examination.place(host), facts.available.count)
    let found = "\(host.count) × \(facts.threads) compute threads for \(processors) processors"
    guard threads > processors else { return [ok(place, found)] }
    if host.count > 1 && facts.environment["OMPI_MCA_mpi_yield_when_idle"] != "1" {
      return [
        fail(
          place, "\(found), and ranks that wait do not give way",
          cure: "unset OMPI_MCA_mpi_yield_when_idle, or set it to 1")
      ]
    }
    let ranks = max(1, processors / max(1, facts.threads))
    return [
      warn(
        place, "\(found): they take turns\(host.count > 1 ? ", and give way while they wait" : "")",
        cure: host.count > 1
          ? "mpirun -n \(ranks) with --threads \(min(facts.threads, processors)), unless it is meant"
          : "--threads \(processors), unless it is meant")
    ]
  }
}
