import Comm

/// Whether other processes compute on the ranks' processors.
struct BusyCheck: DoctorCheck {
  static let name = "busy cores"

  /// The share of a processor's time from which on it counts as taken.
  private static let limit = 0.2

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
