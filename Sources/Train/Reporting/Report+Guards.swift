import Foundation

extension Report {
  /// Tells of a rank that has become slow, or is as fast as the others again.
  package func straggler(_ change: StragglerWatch.Change, _ plan: StepPlan, _ name: String) {
    guard isEnabled else { return }
    var line = JSONLine(event: "straggler")
    line.add("step", plan.step)
    line.add("rank", change.rank)
    line.add("speed", change.speed)
    line.add("cost_seconds", change.costSeconds)
    record(line)
    let speed = Self.decimals(change.speed, 2)
    if change.costSeconds > 0 {
      let cost = Self.decimals(1_000 * change.costSeconds, 1)
      say("step \(plan.step): \(name) computes at \(speed) of the others' speed, \(cost) ms a step")
    } else {
      say("step \(plan.step): \(name) computes at \(speed) of the others' speed again")
    }
  }

  /// Tells that workers get other numbers of micro-batches from the next plans on.
  package func balance(_ counts: [Int], from plan: StepPlan, threads: Int) {
    var line = JSONLine(event: "balance")
    line.add("step", plan.step)
    line.add("threads", threads)
    line.add("micro_batches", counts)
    record(line)
  }

  /// Records that the run ends because `quantity` is not finite; the error itself tells people.
  package func diverged(_ plan: StepPlan, _ quantity: String) {
    var line = JSONLine(event: "diverged")
    line.add("step", plan.step)
    line.add("quantity", quantity)
    record(line)
  }

  /// Records that weights have changed although nobody updated them.
  func weightsChanged(_ ranks: [Int], step: Int, repaired: Bool) {
    var line = JSONLine(event: "weights_changed")
    line.add("step", step)
    line.add("ranks", ranks)
    line.add("repaired", repaired)
    record(line)
  }

  /// Tells that the update of a step was left out.
  ///
  /// - Parameters:
  ///   - plan: the step.
  ///   - reason: in words.
  ///   - consecutive: how many consecutive ones, where that is limited.
  package func skipped(_ plan: StepPlan, _ reason: String, _ consecutive: Int?) {
    guard isEnabled else { return }
    var line = JSONLine(event: "skipped")
    line.add("step", plan.step)
    line.add("reason", reason)
    record(line)
    let count = consecutive.map { $0 == 1 ? "" : " (\($0) consecutive)" } ?? ""
    warn("step \(plan.step) is skipped\(count): \(reason)")
  }
}
