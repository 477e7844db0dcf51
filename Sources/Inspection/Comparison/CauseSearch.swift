import Checkpoints
import Comm
import Files
import Reporting

/// Looks for the first tensor whose bits differ: in checkpoints of one step, or by a replay of both runs.
struct CauseSearch {
  private let runs: RunPair
  /// What was found.
  private(set) var cause: DifferenceCause?
  /// What was not, and why.
  private(set) var notes: [String] = []

  /// Nothing is found yet.
  init(_ runs: RunPair) {
    self.runs = runs
  }

  /// Looks for the cause of the first event that differs.
  ///
  /// - Parameters:
  ///   - difference: that event.
  ///   - communication: a world of one for a replay; nil for none.
  /// - Throws: what reading checkpoints or a replayed step throws.
  mutating func find(
    _ difference: EventDifference, replayingOn communication: CommunicationThread?
  ) throws {
    let step = difference.step
    if ["checkpoint", "end"].contains(difference.event), try findInCheckpoints(of: step) { return }
    if difference.event == "evaluation" {
      notes.append(
        "the evaluation after step \(step) differs, and no number of training before it: the test sets or "
          + "what evaluated them differ")
      return
    }
    guard let communication else {
      notes.append("without --no-replay, step \(step) is computed again to find the tensor")
      return
    }
    let last = try replay(step, communication)
    noteReproduction(of: last)
    // Equal gradients may still be applied in another way, which shows in the step after.
    let hasNext = step < min(runs.first.lastStep, runs.second.lastStep)
    if cause?.part == "none" && hasNext { _ = try replay(step + 1, communication) }
    guard cause?.part == "none" else { return }
    notes.append(
      "computed again here, both runs have the same bits in step \(step): what computed them then "
        + "differed; gmlp-train replay tells which run this machine reproduces, if "
        + "train.record_digests was on")
  }

  /// Compares the checkpoints of `step`, if both are still there.
  ///
  /// - Returns: whether a tensor was found.
  private mutating func findInCheckpoints(of step: Int) throws -> Bool {
    guard [runs.first, runs.second].allSatisfy({ $0.checkpoints.contains { $0.step == step } })
    else {
      notes.append(
        "the checkpoints of step \(step) are not there any more in both runs; a larger train.keep keeps "
          + "them")
      return false
    }
    let folders = [runs.first, runs.second].map {
      CheckpointStore(directory: "\($0.directory)/checkpoints").path(of: step)
    }
    let tensors = try CheckpointDifference(folders[0], folders[1]).tensors.filter { !$0.isEqual }
    let weights = tensors.first { $0.file == WeightsKind.weights.file }
    guard let tensor = weights ?? tensors.first else { return false }
    var found = DifferenceCause(
      foundBy: "checkpoint", step: step, part: weights == nil ? "state" : "weights")
    found.file = tensor.file
    found.tensor = tensor.name
    found.layer = DifferenceCause.layer(of: tensor.name)
    found.elements = tensor.elements
    found.differing = tensor.differing
    found.greatest = tensor.greatest
    cause = found
    return true
  }

  /// Replays both runs up to `step`, and finds where they part.
  ///
  /// - Returns: the traces of that step.
  private mutating func replay(
    _ step: Int, _ communication: CommunicationThread
  ) throws -> (first: StepTrace, second: StepTrace) {
    let last = try traces(of: step, communication)
    let steps = Set(last.first.weightsBefore.keys).intersection(last.second.weightsBefore.keys)
      .sorted()
    let isEqual = { (step: Int) -> Bool in
      last.first.weightsBefore[step] == last.second.weightsBefore[step]
    }
    guard let parted = steps.first(where: { !isEqual($0) }) else {
      cause = last.first.firstDifference(from: last.second)
      return last
    }
    // The weights before step `parted` differ; before the step in front of it they were still equal.
    if parted == steps.first {
      let earliest = try parted == step ? last : traces(of: parted, communication)
      cause = earliest.first.differingWeights(from: earliest.second)
      return last
    }
    let before = try traces(of: parted - 1, communication)
    var found = before.first.firstDifference(from: before.second)
    if found.part == "none" {
      found = DifferenceCause(foundBy: "replay", step: parted - 1, part: "update")
      let after = try parted == step ? last : traces(of: parted, communication)
      if let tensor = after.first.differingWeights(from: after.second).tensor {
        found.tensor = tensor
        found.layer = DifferenceCause.layer(of: tensor)
      }
    }
    cause = found
    return last
  }

  private func traces(
    of step: Int, _ communication: CommunicationThread
  ) throws -> (first: StepTrace, second: StepTrace) {
    func trace(_ run: RunRecord) throws -> StepTrace {
      try StepTrace(directory: run.directory, run.configuration, step: step, communication)
    }
    return (try trace(runs.first), try trace(runs.second))
  }

  /// Notes where a replay began without a checkpoint, and where it gives another loss than the run had.
  private mutating func noteReproduction(of traces: (first: StepTrace, second: StepTrace)) {
    for (run, trace) in [(runs.first, traces.first), (runs.second, traces.second)] {
      if trace.checkpointStep == nil {
        notes.append(
          "\(run.directory) has no checkpoint below step \(trace.step), so it was replayed from its "
            + "initial values; train.checkpoint_every and train.keep leave nearer ones")
      }
      guard let recorded = run.steps.first(where: { $0.step == trace.step })?.numbers["loss"],
        recorded != trace.loss, recorded.isFinite || trace.loss.isFinite
      else { continue }
      notes.append(
        "\(run.directory): step \(trace.step) had the loss \(recorded) and has \(trace.loss) here: "
          + "another machine or build, a fault, skipped steps, or a start with --weights")
    }
  }
}

extension StepTrace {
  /// The first tensor whose weights before the step differ.
  fileprivate func differingWeights(from other: StepTrace) -> DifferenceCause {
    let pair = zip(weights, other.weights).first {
      $0.0.tensor != $0.1.tensor || $0.0.digest != $0.1.digest
    }
    var found = DifferenceCause(
      foundBy: "replay", step: step - 1, part: pair == nil ? "shape" : "weights")
    found.tensor = pair?.0.tensor
    found.layer = pair.map { DifferenceCause.layer(of: $0.0.tensor) }
    return found
  }

  /// The first micro-batch of the step whose samples, inputs, gradients or loss differ, and the tensor.
  fileprivate func firstDifference(from other: StepTrace) -> DifferenceCause {
    guard microBatches.count == other.microBatches.count, gradientTensors == other.gradientTensors
    else { return DifferenceCause(foundBy: "replay", step: step, part: "shape") }
    for (number, pair) in zip(microBatches, other.microBatches).enumerated()
    where pair.0 != pair.1 {
      let (mine, theirs) = pair
      let samples = zip(mine.samples, theirs.samples).first { $0.0 != $0.1 }
      let input = mine.inputs.indices.first {
        $0 >= theirs.inputs.count || mine.inputs[$0] != theirs.inputs[$0]
      }
      let gradient = mine.gradients.indices.first { mine.gradients[$0] != theirs.gradients[$0] }
      let part =
        samples != nil ? "samples" : input != nil ? "input" : gradient != nil ? "gradient" : "loss"
      var found = DifferenceCause(foundBy: "replay", step: step, part: part)
      found.microBatch = number
      found.sample = samples?.0 ?? input.map { mine.samples[$0] }
      found.tensor = gradient.map { gradientTensors[$0] }
      found.layer = found.tensor.map { DifferenceCause.layer(of: $0) }
      return found
    }
    return DifferenceCause(foundBy: "replay", step: step, part: "none")
  }
}
