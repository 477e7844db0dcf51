import Checkpoints
import Configuration
import Hardware
import Model
import Platform
import Train

extension Replay {
  /// Refuses a replay that would give other bits on a machine without a fault.
  ///
  /// - Parameters:
  ///   - record: what the run recorded of the step.
  ///   - state: that of the checkpoint to begin with.
  ///   - parts: the run as it was opened here.
  /// - Throws: `CommandError` that names all that differs.
  static func requireSameConditions(
    _ record: StepRecord, _ state: CheckpointState, _ parts: TrainingParts
  ) throws(CommandError) {
    let here = parts.description
    let products = parts.model.products
    var differences = here.machine.differences(
      from: Machine(of: state), there: "in the checkpoint", with: products)
    var digests = [("the checkpoint", state.datasetDigest)]
    if let start = record.start {
      // The run may have gone on from the checkpoint elsewhere.
      if start.datasetDigest != state.datasetDigest {
        digests.append(("the run", start.datasetDigest))
      }
      if start.machine != Machine(of: state) {
        differences += here.machine.differences(
          from: start.machine, there: "in the run", with: products)
      }
      if start.configurationDigest != state.configurationDigest {
        differences.append("the run and its checkpoint have different configurations")
      }
    }
    for (name, digest) in digests where digest != here.trainingDigest {
      differences.append(
        "the training set has digest \(here.trainingDigest.prefix(12))… here and "
          + "\(digest.prefix(12))… in \(name)")
    }
    if parts.configuration.train.roundsBetweenRanks(record) {
      differences.append("gradients were rounded between ranks (train.wire_precision = \"bf16\")")
    }
    if differences.isEmpty { return }
    throw CommandError(
      describing: ReplayError.otherConditions(step: record.step, differences), exitCode: .badData)
  }

  /// Refuses to judge where updates were left out by the run but not here, or the other way round.
  ///
  /// - Parameters:
  ///   - record: what the run recorded of the step.
  ///   - first: the step of the checkpoint.
  ///   - updates: the updates that the replay made from there to the step before.
  /// - Throws: `CommandError` that names the skipped steps.
  static func requireSameSkips(
    _ record: StepRecord, after first: Int, updates: Int
  ) throws(CommandError) {
    let skipped = record.skippedSteps.filter { first < $0 && $0 < record.step }.sorted()
    let here = record.step - 1 - first - updates
    if here == skipped.count { return }
    throw CommandError(
      describing: ReplayError.otherSkips(step: record.step, skipped, here: here), exitCode: .badData
    )
  }
}

extension TrainSettings {
  /// Whether what the ranks of a recorded step sent each other was rounded on the way.
  fileprivate func roundsBetweenRanks(_ record: StepRecord) -> Bool {
    if wirePrecision == .fp32 || record.digests.count == 1 { return false }
    return !sharedMemory || record.start?.hosts.count != 1
  }
}
