import Planning

/// How fast the ranks are: rank zero names those that are slow, and gives their micro-batches to others.
final class Pace {
  private let threads: Int
  private let ranks: Int
  private let balance: WorkBalance
  private let report: Report
  private let name: (Int) -> String
  private var stragglers: StragglerWatch

  /// The pace of `ranks` ranks with `threads` workers each; `name` has ranks in words.
  init(
    ranks: Int, threads: Int, _ balance: WorkBalance, _ report: Report,
    name: @escaping (Int) -> String
  ) {
    self.ranks = ranks
    self.threads = threads
    self.balance = balance
    self.report = report
    self.name = name
    stragglers = StragglerWatch(ranks: ranks)
  }

  /// Records how long the workers took in a step.
  func observe(_ plan: StepPlan, _ reports: [RankReport]) {
    let seconds = reports.flatMap(\.computeSeconds)
    let each = zip(plan.assignment, seconds).map { $0.isEmpty ? 0 : $1 / Double($0.count) }
    let workers = (0..<ranks).map { $0 * threads..<($0 + 1) * threads }
    // The time of a worker that others help to multiply says nothing about its rank.
    let isHelped = workers.contains { Set(plan.assignment[$0].map(\.isEmpty)).count > 1 }
    if !isHelped {
      let counts = workers.map { plan.assignment[$0].map(\.count).max() ?? 0 }
      let slowest = workers.map { each[$0].max() ?? 0 }
      for change in stragglers.observe(counts: counts, secondsEach: slowest) {
        report.straggler(change, plan, name(change.rank))
      }
    }
    if let moved = balance.observe(plan.assignment, seconds) {
      report.balance(moved, from: plan, threads: threads)
    }
  }
}
