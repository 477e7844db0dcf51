import Comm

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
