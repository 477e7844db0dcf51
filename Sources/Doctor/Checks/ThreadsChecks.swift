import Comm
import Files
import Kernels

/// Whether ranks are confined to fewer processors than they have threads.
struct BindingCheck: DoctorCheck {
  static let name = "binding"

  /// Variables by which libgomp, which oneDNN brings, binds a whole process as it is loaded.
  static let bindingVariables = ["OMP_PROC_BIND", "GOMP_CPU_AFFINITY", "OMP_PLACES"]

  func findings(_ examination: Examination) -> [Finding] {
    examination.hosts.flatMap { findings($0.ranks, examination) }
  }

  /// Findings of one host, one for each set of processors.
  private func findings(_ host: [Int], _ examination: Examination) -> [Finding] {
    examination.groups(host) { examination.ranks[$0].processors }.map { processors, same in
      // Those that are bound to a part of these processors take from them too.
      let inside = host.filter {
        Set(examination.ranks[$0].processors).isSubset(of: processors)
      }
      let threads = inside.map { examination.ranks[$0].threads }.reduce(0, +)
      let available = examination.ranks[same[0]].available.count
      let place = examination.place(inside)
      let found =
        "\(inside.count) \(inside.count == 1 ? "rank" : "ranks") with \(threads) compute "
        + "\(threads == 1 ? "thread" : "threads") on "
        + "\(processors.count == 1 ? "processor" : "processors") "
        + "\(ProcessorSet(processors)) of \(available)"
      let cure = cure(inside, examination)
      let isConfined = processors.count < available
      if isConfined && threads > processors.count { return fail(place, found, cure: cure) }
      if isConfined && threads + inside.count > processors.count && inside.count < available {
        return warn(place, "\(found): none is left for loading and messages", cure: cure)
      }
      return ok(place, found)
    }
  }

  private func cure(_ inside: [Int], _ examination: Examination) -> String {
    let facts = examination.ranks[inside[0]]
    let setters = Self.bindingVariables.filter { facts.environment[$0] != nil }
    if !setters.isEmpty { return "unset \(setters.joined(separator: " "))" }
    guard facts.hasLauncher else {
      return "taskset -c \(ProcessorSet(facts.available)) gmlp-train …, or without taskset"
    }
    let wanted = facts.threads + 1
    let ranks = examination.ranks.count { $0.host == facts.host }
    let each = [wanted, facts.threads].first { $0 * ranks <= facts.available.count }
    let bound = each.map { ", or --map-by slot:PE=\($0) --bind-to core" }
    return "mpirun --bind-to none\(bound ?? "")"
  }
}

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

/// Whether a product takes one thread, and threads stay where they are.
struct ThreadsCheck: DoctorCheck {
  static let name = "threads"

  func findings(_ examination: Examination) -> [Finding] {
    blas(examination) + variables(examination)
  }

  private func blas(_ examination: Examination) -> [Finding] {
    examination.groups { examination.ranks[$0].blasThreads }.map { threads, ranks in
      let place = examination.place(ranks)
      return threads == 1
        ? ok(place, "BLAS uses 1 thread per product")
        : fail(
          place, "BLAS uses \(threads) threads per product", cure: "export OPENBLAS_NUM_THREADS=1")
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
}
