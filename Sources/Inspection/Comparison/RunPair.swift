import Checkpoints
import Configuration
import Files
import Reporting

/// Two runs, of which the same things are asked.
struct RunPair {
  let first: RunRecord
  let second: RunRecord

  /// The keys of the configuration whose values differ.
  var differingKeys: [KeyDifference] {
    TrainingConfiguration.settings.compactMap { setting -> KeyDifference? in
      let mine = setting.value(in: first.configuration)
      let theirs = setting.value(in: second.configuration)
      if mine == theirs { return nil }
      return KeyDifference(
        name: setting.key, first: mine, second: theirs, decidesBits: decidesBits(setting))
    }
  }

  private func decidesBits(_ setting: Setting) -> Bool {
    switch setting.role {
    case .identity: true
    case .changeable: false
    case .changeableIfPortable:
      !first.configuration.addsSampleBySample || !second.configuration.addsSampleBySample
    }
  }

  /// What a start records besides the configuration, by the names of `metrics.jsonl`.
  private static let conditions = [
    "dataset_digest", "processor", "cpu", "blas", "build", "libc", "library_settings",
    "picture_libraries", "products", "precision", "ranks", "threads", "hosts",
  ]

  /// Data, processor, libraries, build and workers, as far as they differ.
  var differingConditions: [ConditionDifference] {
    let recorded = Self.conditions.map { name in
      ConditionDifference(
        name: name, first: Self.words(first.starts.map { Self.text(of: name, in: $0) }),
        second: Self.words(second.starts.map { Self.text(of: name, in: $0) }))
    }
    let test = ConditionDifference(
      name: "test_dataset_digest", first: Self.words([first.checkpoints.last?.testDatasetDigest]),
      second: Self.words([second.checkpoints.last?.testDatasetDigest]))
    return (recorded + [test]).filter { $0.first != $0.second }
  }

  /// The value of a field; nil where it is missing or null.
  private static func text(of field: String, in start: RecordedEvent) -> String? {
    start.texts[field] ?? start.integer(field).map { "\($0)" }
      ?? start.lists[field]?.joined(separator: " ")
  }

  /// The values of several starts, each once in its order.
  private static func words(_ values: [String?]) -> String {
    let known = values.compactMap { $0 }.reduce(into: [String]()) { known, value in
      if !known.contains(value) { known.append(value) }
    }
    return known.isEmpty ? "not recorded" : known.joined(separator: ", then ")
  }

  /// The first event whose values differ; nil if none does.
  var firstDifference: EventDifference? {
    let found = [
      differingDigests, Self.difference(in: "step", first.steps, second.steps),
      Self.difference(in: "evaluation", first.evaluations, second.evaluations), differingSaves,
      differingEnd,
    ].compactMap { $0 }
    func place(_ difference: EventDifference) -> (Int, Int) {
      (difference.step, EventDifference.order.firstIndex(of: difference.event) ?? 0)
    }
    return found.min { place($0) < place($1) }
  }

  /// The numbers of steps and evaluations that are the same for equal bits.
  private static let numbers = [
    "loss", "accuracy", "accuracy_top5", "grad_norm", "learning_rate", "ema_loss", "ema_accuracy",
    "ema_accuracy_top5",
  ]

  private static func difference(
    in event: String, _ mine: [RecordedEvent], _ theirs: [RecordedEvent]
  ) -> EventDifference? {
    let others = theirs.reduce(into: [Int: RecordedEvent]()) { others, other in
      if let step = other.step { others[step] = other }
    }
    // What was not finite is null in both, and equal.
    func text(_ value: Double?) -> String {
      value.map { $0.isFinite ? "\($0)" : "null" } ?? "missing"
    }
    for own in mine {
      guard let step = own.step, let other = others[step] else { continue }
      for name in numbers {
        let (first, second) = (text(own.numbers[name]), text(other.numbers[name]))
        if first == second { continue }
        return EventDifference(
          step: step, event: event, name: name, first: first, second: second)
      }
    }
    return nil
  }

  /// The steps whose digests both have of the same micro-batches on each rank.
  private var comparableDigests: [Int] {
    first.digests.keys.filter { step in
      let (mine, theirs) = (first.digests[step], second.digests[step])
      return mine?.lists["borders"] == theirs?.lists["borders"]
        && mine?.integer("threads") == theirs?.integer("threads")
    }.sorted()
  }

  private var differingDigests: EventDifference? {
    for step in comparableDigests {
      let mine = first.digests[step]?.lists["node_sums_sha256"] ?? []
      let theirs = second.digests[step]?.lists["node_sums_sha256"] ?? []
      for (rank, digests) in zip(mine, theirs).enumerated() where digests.0 != digests.1 {
        return EventDifference(
          step: step, event: "digests", name: "node_sums_sha256 of rank \(rank)",
          first: digests.0, second: digests.1)
      }
    }
    return nil
  }

  /// The first checkpoint that differs: as it was recorded, or as it is on the disk now.
  private var differingSaves: EventDifference? {
    func digests(_ run: RunRecord, _ step: Int) -> [String: String] {
      let state = run.checkpoints.first { $0.step == step }
      var digests = state?.files.mapValues(\.sha256) ?? [:]
      digests["weights_sha256"] =
        run.saves[step]?.texts["weights_sha256"] ?? state?.weightsSHA256
      return digests
    }
    let steps = [first, second].map { Set($0.saves.keys).union($0.checkpoints.map(\.step)) }
    for step in steps[0].intersection(steps[1]).sorted() {
      let (mine, theirs) = (digests(first, step), digests(second, step))
      // The weights first: the other files follow from them.
      let names = ["weights_sha256"] + Set(mine.keys).union(theirs.keys).sorted()
      for name in names {
        guard let value = mine[name], let other = theirs[name], value != other else { continue }
        return EventDifference(
          step: step, event: "checkpoint", name: name, first: value, second: other)
      }
    }
    return nil
  }

  private var differingEnd: EventDifference? {
    guard let mine = first.end, let theirs = second.end, let step = mine.step, step == theirs.step,
      let value = mine.texts["weights_sha256"], let other = theirs.texts["weights_sha256"],
      value != other
    else { return nil }
    return EventDifference(
      step: step, event: "end", name: "weights_sha256", first: value, second: other)
  }

  /// What could not be compared, and which setting records it.
  func remarks(on difference: EventDifference?) -> [String] {
    var remarks: [String] = []
    if first.lastStep != second.lastStep {
      remarks.append(
        "\(first.directory) has \(counted(first.lastStep, "step")) and \(second.directory) "
          + "\(second.lastStep): the steps of both were compared")
    }
    if first.digests.isEmpty || second.digests.isEmpty {
      if difference != nil {
        remarks.append(
          "the bits may have differed before a printed number did; train.record_digests = true in both "
            + "runs records each step's sums of gradients")
      }
    } else if comparableDigests.isEmpty {
      remarks.append(
        "the recorded sums of gradients are of other micro-batches in each run; with the same ranks and "
          + "threads they can be compared")
    }
    return remarks
  }
}
