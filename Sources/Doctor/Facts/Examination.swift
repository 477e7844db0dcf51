import Configuration
import Kernels
import Train

/// All that the checks know: the facts of the ranks, in their order.
struct Examination: Sendable {
  /// What each rank knows without measuring.
  let ranks: [RankFacts]
  /// How the start of each rank went, with what must be equal; none after a start.
  var starts: [Result<[StartInvariant], CommandError>] = []
  /// What the run will need; nil if the model could not be made.
  let needs: RunNeeds?
  /// The run directory's file system as rank zero sees it.
  let storage: RunStorage?
  /// What is to multiply bf16, whether or not it can; nil if the configuration does not ask for bf16.
  var bfloat16Products: ProductLibrary?
  /// Whether OpenBLAS may multiply.
  var usesOpenBLAS = true
  /// What is odd in the configuration.
  var notes: [SettingNote] = []
  /// What each rank has measured; none before a run.
  var measurements: [RankMeasurement] = []

  /// The ranks of each host, hosts in the order of their first ranks.
  var hosts: [(name: String, ranks: [Int])] {
    var hosts: [(name: String, ranks: [Int])] = []
    for (rank, facts) in ranks.enumerated() {
      if let index = hosts.firstIndex(where: { $0.name == facts.host }) {
        hosts[index].ranks.append(rank)
      } else {
        hosts.append((facts.host, [rank]))
      }
    }
    return hosts
  }

  /// Words for some ranks: `all ranks`, `this process`, `rank 3 on node2`.
  func place(_ chosen: some Collection<Int>) -> String {
    if chosen.count == ranks.count { return ranks.count == 1 ? "this process" : "all ranks" }
    let names = Set(chosen.map { ranks[$0].host }).sorted().joined(separator: ", ")
    let numbers = chosen.map(String.init).joined(separator: ", ")
    return "\(chosen.count == 1 ? "rank" : "ranks") \(numbers) on \(names)"
  }

  /// Ranks that say the same, with what they say, in the order of their first ranks.
  func groups<Value: Hashable>(
    _ ranks: some Sequence<Int>, by value: (Int) -> Value
  ) -> [(value: Value, ranks: [Int])] {
    var groups: [(value: Value, ranks: [Int])] = []
    for rank in ranks {
      let own = value(rank)
      if let index = groups.firstIndex(where: { $0.value == own }) {
        groups[index].ranks.append(rank)
      } else {
        groups.append((own, [rank]))
      }
    }
    return groups
  }

  /// All ranks that say the same, with what they say.
  func groups<Value: Hashable>(by value: (Int) -> Value) -> [(value: Value, ranks: [Int])] {
    groups(ranks.indices, by: value)
  }
}
