import Files
import Inspection
import Train

extension CheckpointList {
  /// The list for people.
  var text: String {
    let header = [
      "step", "epoch", "loss", "accuracy", "size", "written", "made with", "weights", "",
    ]
    let lines = Numbers.columns([header] + checkpoints.map(\.cells))
    let faults = checkpoints.compactMap { entry in
      entry.fault.map { "step \(entry.step): \(printable($0))" }
    }
    let none = checkpoints.isEmpty ? ["no checkpoints"] : []
    return
      ([printable(path)] + none + (checkpoints.isEmpty ? [] : lines) + faults
      + temporaries.map(\.text))
      .joined(separator: "\n")
  }
}

extension CheckpointList.Entry {
  fileprivate var cells: [String] {
    let world = ranks.flatMap { ranks in threads.map { "\(ranks) × \($0)" } }
    let mark = [
      isBest ? "best weights" : nil, isBestAveraged ? "best averaged weights" : nil,
      fault == nil ? nil : "unreadable",
    ]
    return [
      "\(step)", epoch.map { "\($0)" } ?? "-", loss.map(Numbers.loss) ?? "-",
      accuracy.map(Numbers.percent) ?? "-", Numbers.megabytes(bytes), written ?? "-", world ?? "-",
      weightsSha256.map { "\($0.prefix(12))" } ?? "-",
      mark.compactMap { $0 }.joined(separator: ", "),
    ]
  }
}

extension TemporarySummary {
  fileprivate var text: String {
    let size = Numbers.megabytes(bytes)
    let name = printable(name)
    return originalName.map { "left over: \(name), \(size); a resumed run names it \($0) again" }
      ?? "left over: \(name), \(size); not a checkpoint; a resumed run or prune removes it"
  }
}

extension CheckpointVerification {
  /// What was found, for people.
  var text: String {
    let lines = checkpoints.map { entry in
      entry.fault.map { "damaged  \(printable($0))" } ?? "valid    \(printable(entry.path))"
    }
    let resumed = resumeStep.map { "a resume would start from step \($0)" }
    let refused = refusedStep.map { "a resume would refuse step \($0), and stop there" }
    return (lines + [resumed ?? refused ?? "nothing to resume from"]).joined(separator: "\n")
  }
}

extension CheckpointDifference {
  /// The differences for people.
  var text: String {
    let values = keys.map { (name: $0.name, value: "\($0.first) | \($0.second)") }
    let rows = tensors.map { tensor in
      (name: [tensor.file, tensor.name].compactMap { $0 }.joined(separator: ": "), tensor.text)
    }
    let equal = tensors.count(where: \.isEqual)
    return [
      printable("\(first) | \(second)"), values.isEmpty ? "" : Numbers.table(values),
      tensors.isEmpty ? "" : Numbers.table(rows),
      "\(isEqual ? "equal" : "different"): \(counted(keys.count, "value")) of the state differ, "
        + "\(tensors.count - equal) of \(counted(tensors.count, "tensor"))",
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }
}

extension TensorDifference {
  fileprivate var text: String {
    if isEqual { return "equal bits" }
    if first != second { return "\(first ?? "absent") | \(second ?? "absent")" }
    let count = "\(Numbers.grouped(differing)) of \(Numbers.grouped(elements)) elements differ"
    let most = greatest.map {
      "by at most \($0.difference), at \($0.place): \($0.first) | \($0.second)"
    }
    let others = notFinite > 0 ? "\(Numbers.grouped(notFinite)) of them not finite" : nil
    return [count, most, others].compactMap { $0 }.joined(separator: ", ")
  }
}

extension CheckpointPruning {
  /// What was done, for people.
  var text: String {
    let verb = isDryRun ? "would remove" : "removed"
    let lines =
      removed.map { "\(verb) step \($0.step), \(Numbers.megabytes($0.bytes))" }
      + temporaries.map { temporary in
        let (size, name) = (Numbers.megabytes(temporary.bytes), printable(temporary.name))
        return temporary.originalName.map {
          "\(isDryRun ? "would name" : "named") \(name) \($0) again"
        } ?? "\(verb) \(name), \(size), left over by a save that was cut off"
      }
    let kept = keptSteps.map(String.init).joined(separator: ", ")
    return
      (lines + [
        "\(isDryRun ? "would free" : "freed") \(Numbers.megabytes(freedBytes)) "
          + "(\(Numbers.grouped(freedBytes)) bytes)", "kept: \(kept.isEmpty ? "none" : kept)",
      ]).joined(separator: "\n")
  }
}
