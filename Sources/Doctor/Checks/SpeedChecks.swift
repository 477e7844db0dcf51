import Comm
import Mathematics

/// Whether other processes compute on the ranks' processors.
struct BusyCheck: DoctorCheck {
  static let name = "busy cores"

  /// The share of a processor's time above which it counts as busy.
  private static let limit = 0.2

  /// Whether other processes compute on a processor of `rank`.
  static func disturbs(_ rank: Int, _ examination: Examination) -> Bool {
    guard let host = examination.hosts.first(where: { $0.ranks.contains(rank) }),
      let load = examination.measurements[host.ranks[0]].load
    else { return false }
    return examination.ranks[rank].processors.contains { load.busy[$0] ?? 0 > limit }
  }

  func findings(_ examination: Examination) -> [Finding] {
    examination.hosts.compactMap { host in
      guard let load = examination.measurements[host.ranks[0]].load else { return nil }
      let used = Set(host.ranks.flatMap { examination.ranks[$0].processors })
      let busy = load.busy.filter { used.contains($0.key) && $0.value > Self.limit }
      let place = examination.place(host.ranks)
      if busy.isEmpty {
        return ok(place, "processors \(ProcessorSet(used)) were idle while the ranks slept")
      }
      let free = used.subtracting(busy.keys)
      let mean = busy.values.reduce(0, +) / Double(busy.count)
      return warn(
        place,
        "\(busy.count == 1 ? "processor" : "processors") \(ProcessorSet(busy.keys)) "
          + "\(Int((100 * mean).rounded())) % busy while the ranks slept"
          + (load.busiest.map { ", most by \($0)" } ?? ""),
        cure: "end it, or renice -n 19 it"
          + (free.isEmpty ? "" : ", or keep off it: taskset -c \(ProcessorSet(free)) …"))
    }
  }
}

/// Whether another job's ranks are confined to the one processor that a rank has.
struct RivalCheck: DoctorCheck {
  static let name = "other jobs"

  func findings(_ examination: Examination) -> [Finding] {
    let groups = examination.groups { examination.measurements[$0].rivals }
    return groups.map { rivals, ranks in
      let place = examination.place(ranks)
      guard !rivals.isEmpty else {
        return ok(place, "no rank of another job is bound to the same processor")
      }
      let facts = examination.ranks[ranks[0]]
      return fail(
        place,
        "processor \(facts.processorsDescription) is also the only one of "
          + rivals.joined(separator: ", "),
        cure: facts.hasLauncher
          ? "mpirun --bind-to none for both jobs"
          : "taskset with other processors, or without taskset")
    }
  }
}

/// Whether a rank computes slower than the others, all at work.
struct SpeedCheck: DoctorCheck {
  static let name = "speed"

  /// The share of the median below which a rank is named.
  private static let limit = 0.8

  func findings(_ examination: Examination) -> [Finding] {
    let rates = examination.measurements.compactMap(\.gigaflops)
    guard rates.count == examination.ranks.count else { return [] }
    let median = rates.median
    let slow = rates.indices.filter { rates[$0] < Self.limit * median }
    if slow.isEmpty {
      let place = examination.place(examination.ranks.indices)
      return [ok(place, "\(Self.words(median)) per rank, all at work")]
    }
    return slow.map { rank in
      warn(
        examination.place([rank]),
        "\(Self.words(rates[rank])), the median rank has "
          + "\(Self.words(median)): all ranks wait for it in each step",
        cure: "look at busy cores, binding and cooling there, or leave the host out")
    }
  }

  private static func words(_ gigaflops: Double) -> String {
    "\((gigaflops * 10).rounded() / 10) GFLOP/s"
  }
}
