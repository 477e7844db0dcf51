import ArgumentParser
import Comm
import Configuration
import Files
import Foundation
import Inspection
import Platform
import Train

/// `gmlp-train compare`: whether two runs are the same, and where they part.
struct CompareCommand: ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Find in what two runs differ, and where that began.",
    discussion: """
      gmlp-train compare runs/a runs/b
      gmlp-train compare runs/a runs/b --no-replay

      Compares configurations, data, machines and all recorded numbers. If they differ, checkpoints, \
      or a replay of both runs up to the first different step, show the first micro-batch, layer and \
      tensor whose bits differ. Runs with train.record_digests = true are compared most exactly. \
      Exit codes: 0 same, 1 different, 65 missing or damaged.
      """)

  @Flag(help: "Compare what was recorded, and compute nothing.")
  var noReplay = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Argument(help: "A run directory.", completion: .directory)
  var first: String

  @Argument(help: "Another.", completion: .directory)
  var second: String

  /// The exit code that `diff` and `cmp` have for what differs; it is no failure.
  private static let differing: Int32 = 1

  func run() throws {
    World.run(computeThreads: 1) { communication in
      guard communication.size == 1 else {
        throw CommandError(
          "compare runs in one process; start it without mpirun", exitCode: .usage)
      }
      let comparison = try CommandError.catching {
        try RunComparison(
          first, second, replayingOn: noReplay ? nil : communication, warning: StandardError.write)
      }.get()
      try Output(json: json).give(comparison, comparison.text)
      return comparison.isSame ? ExitCode.done.rawValue : Self.differing
    }
  }
}

extension RunComparison {
  /// The comparison for people.
  fileprivate var text: String {
    let keys = configuration.map { key in
      (name: key.name + (key.decidesBits ? "" : " *"), value: "\(key.first) | \(key.second)")
    }
    let others = conditions.map { (name: $0.name, value: "\($0.first) | \($0.second)") }
    var lines = [printable("\(first) | \(second)")]
    if !keys.isEmpty { lines.append(Numbers.table(keys)) }
    if configuration.contains(where: { !$0.decidesBits }) {
      lines.append("* may differ without changing a bit")
    }
    if !others.isEmpty { lines.append(Numbers.table(others)) }
    lines.append(verdict)
    if let cause { lines.append(cause.text) }
    lines += notes.map { printable($0) }
    return lines.joined(separator: "\n")
  }

  private var verdict: String {
    if isSame { return "same: \(Numbers.counted(commonSteps, "step")) with equal bits" }
    guard let difference = firstDifference else {
      return "different: the same up to step \(commonSteps), where one of them ends"
    }
    return printable(
      "different from step \(difference.step) on: \(difference.event): \(difference.name) "
        + "\(difference.first) | \(difference.second)")
  }
}

extension DifferenceCause {
  fileprivate var text: String {
    let batch = microBatch.map { ", micro-batch \($0)" } ?? ""
    let place = "by \(foundBy == "replay" ? "a replay" : "its checkpoints"): step \(step)\(batch)"
    let sample = sample.map { "\($0)" } ?? "?"
    let what =
      switch part {
      case "weights": "the weights after it differ"
      case "state": "state besides the weights differs after it"
      case "samples": "other samples, first \(sample)"
      case "input": "sample \(sample) looks different"
      case "loss": "the loss differs"
      case "gradient": "the gradients differ"
      case "update": "equal gradients, but the weights after the update differ"
      case "shape": "models or micro-batches of other shapes"
      default: "equal bits"
      }
    let tensor = tensor.map { tensor in
      "first in layer \(layer ?? "?"), tensor \(file.map { "\($0): " } ?? "")\(tensor)"
    }
    let count = differing.map { differing in
      "\(Numbers.grouped(differing)) of \(Numbers.grouped(elements ?? 0)) elements"
    }
    let most = greatest.map {
      "by at most \($0.difference), at \($0.place): \($0.first) | \($0.second)"
    }
    return printable([place, what, tensor, count, most].compactMap { $0 }.joined(separator: ", "))
  }
}
