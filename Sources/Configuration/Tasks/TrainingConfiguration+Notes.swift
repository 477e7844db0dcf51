import Datasets
import Files
import Model

extension TrainingConfiguration {
  /// Settings that silently have no effect, or that make no sense together.
  ///
  /// - Parameters:
  ///   - workers: ranks times threads.
  ///   - steps: steps of the run; nil if they are not known.
  ///   - stepsPerEpoch: steps of an epoch; nil if they are not known.
  /// - Returns: a note for each, none for a configuration in order.
  package func notes(workers: Int, steps: Int?, stepsPerEpoch: Int? = nil) -> [SettingNote] {
    [idleWorkers(workers), steps.flatMap { longWarmup(in: $0, stepsPerEpoch) }].compactMap { $0 }
      + rates + samples + unusedKeys
  }

  private func idleWorkers(_ workers: Int) -> SettingNote? {
    guard workers > microBatches else { return nil }
    return SettingNote(
      finding:
        "a step has \(counted(microBatches, "micro-batch", "micro-batches")) for \(counted(workers, "worker")): "
        + "\(workers - microBatches) of them have no micro-batch",
      cure: "start fewer ranks or threads, or give a new run a smaller train.micro_batch_size")
  }

  private func longWarmup(in steps: Int, _ stepsPerEpoch: Int?) -> SettingNote? {
    // The one that counts, as in ScheduleSettings.warmupSteps(stepsPerEpoch:steps:).
    let (key, value): (String, String) =
      if schedule.warmupShare > 0 {
        ("schedule.warmup_share", "\(schedule.warmupShare)")
      } else if schedule.warmupEpochs > 0 {
        ("schedule.warmup_epochs", "\(schedule.warmupEpochs)")
      } else {
        ("schedule.warmup_steps", "\(schedule.warmupSteps)")
      }
    if key == "schedule.warmup_epochs" && stepsPerEpoch == nil { return nil }
    let warmup = schedule.warmupSteps(stepsPerEpoch: stepsPerEpoch ?? 0, steps: steps)
    guard warmup > 0 && warmup >= steps else { return nil }
    let length = key == "schedule.warmup_epochs" ? ", \(counted(warmup, "step"))," : ""
    return SettingNote(
      finding:
        "\(key) = \(value)\(length) and the run has \(counted(steps, "step")): the learning rate "
        + "only rises, to \(100 * steps / warmup) % of optimizer.learning_rate",
      cure: "lower \(key), or train for more steps")
  }

  private var rates: [SettingNote] {
    var notes: [SettingNote] = []
    if schedule.kind == .constant && schedule.minimumLearningRate > 0 {
      notes.append(
        Self.unused(
          "schedule.minimum_learning_rate", "\(schedule.minimumLearningRate)",
          because: "schedule.kind is \"constant\""))
    }
    if optimizer.learningRate == 0 {
      notes.append(
        SettingNote(
          finding: "optimizer.learning_rate = 0: nothing is learned",
          cure: "raise it, unless it is intended"))
    }
    if optimizer.kind == .lamb && optimizer.weightDecay == 0 {
      notes.append(
        SettingNote(
          finding:
            "optimizer.weight_decay = 0 with optimizer.kind = \"lamb\": only tensors that decay "
            + "are scaled to their norms, so this is Adam",
          cure: "set optimizer.weight_decay, as in optimizer.weight_decay=0.01"))
    }
    if optimizer.learningRate * optimizer.weightDecay >= 1 {
      notes.append(
        SettingNote(
          finding:
            "optimizer.learning_rate = \(optimizer.learningRate) with optimizer.weight_decay = "
            + "\(optimizer.weightDecay): a step decays weights by all of their size or more",
          cure: "lower one of them"))
    }
    return notes
  }

  private var samples: [SettingNote] {
    var notes = task.notes
    if train.subBatchSize > train.microBatchSize {
      notes.append(
        SettingNote(
          finding: "train.sub_batch_size = \(train.subBatchSize) is more than "
            + "train.micro_batch_size = \(train.microBatchSize), which is used instead",
          cure: "lower it, or leave it out"))
    }
    return notes
  }

  /// Keys with another value than the default that nothing reads.
  private var unusedKeys: [SettingNote] {
    let usual = TrainingConfiguration()
    var notes = Self.settings.compactMap { setting -> SettingNote? in
      let value = setting.value(in: self)
      guard value != setting.value(in: usual), let reason = reasonWithoutUse(of: setting.key)
      else { return nil }
      return Self.unused(setting.key, value, because: reason)
    }
    let foreign = Set(OptimizerKind.allCases.flatMap(\.keys)).subtracting(optimizer.kind.keys)
    notes += Self.settings.filter { foreign.contains($0.key) }.compactMap { setting in
      let value = setting.value(in: self)
      return value == setting.value(in: usual)
        ? nil
        : Self.unused(setting.key, value, because: "optimizer.kind is \(optimizer.kind.toml)")
    }
    if model.separatorToken != -1 && !model.segments {
      notes.append(
        Self.unused(
          "model.separator_token", "\(model.separatorToken)", because: "model.segments is false"))
    }
    if data.format == .digits {
      for (key, files, usual) in [
        ("data.train", data.train, usual.data.train), ("data.test", data.test, usual.data.test),
      ] where !files.isEmpty && files != usual {
        notes.append(Self.unused(key, files.toml, because: "the digits are built in"))
      }
    }
    return notes
  }

  private static func unused(_ key: String, _ value: String, because reason: String) -> SettingNote
  {
    SettingNote(
      finding: "\(key) = \(value) has no effect: \(reason)", cure: "leave it out")
  }
}

/// A setting that has no effect, or makes no sense beside another, and what to do about it.
///
/// No error: a run with it is well defined, and may be meant.
package struct SettingNote: Sendable, Equatable {
  /// What was found, with the key and the numbers.
  package let finding: String
  /// What to do.
  package let cure: String
}
