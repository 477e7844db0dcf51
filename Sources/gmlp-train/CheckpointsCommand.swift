import ArgumentParser
import Configuration
import Files
import Foundation
import Inspection
import Platform
import Train

/// `gmlp-train checkpoints`: a run's checkpoints listed, verified, compared and removed.
struct CheckpointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoints",
    abstract: "List, verify, compare or remove the checkpoints of a run.",
    discussion: """
      gmlp-train checkpoints list runs/digits
      gmlp-train checkpoints verify runs/digits
      gmlp-train checkpoints diff A/checkpoints/best B/checkpoints/best
      gmlp-train checkpoints prune runs/digits --keep 2 --dry-run
      """,
    subcommands: [
      ListCheckpointsCommand.self, VerifyCheckpointsCommand.self, DiffCheckpointsCommand.self,
      PruneCheckpointsCommand.self,
    ])
}

/// `gmlp-train checkpoints list`: what checkpoints a run has.
struct ListCheckpointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the checkpoints of a run, newest first.",
    discussion: """
      Reads states and headers, so it is quick however large the tensors are; verify reads \
      every byte. Leftovers of interrupted saves are listed last.
      """)

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Argument(
    help: ArgumentHelp("The run directory, or its folder of checkpoints.", valueName: "run"),
    completion: .directory)
  var directory: String

  func run() throws {
    SingleProcess.run {
      let list = try CheckpointList(directory)
      try Output(json: json).give(list, list.text)
    }
  }
}

/// `gmlp-train checkpoints verify`: whether they are as they were written.
struct VerifyCheckpointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read every byte of checkpoints and recompute every digest.",
    discussion: """
      Reports whether each checkpoint is valid, and which one a resume would use. \
      If one is damaged, the exit code is 65.
      """)

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Argument(
    help: "The run directory, its folder of checkpoints, or one checkpoint.",
    completion: .directory)
  var path: String

  func run() throws {
    SingleProcess.run {
      let verification = try CheckpointVerification(path)
      try Output(json: json).give(verification, verification.text)
      let damaged = verification.damaged.count
      guard damaged == 0 else {
        throw CommandError(
          "\(path): damaged checkpoints: \(damaged) of \(verification.checkpoints.count); use "
            + "another copy, or remove them", exitCode: .badData)
      }
    }
  }
}

/// `gmlp-train checkpoints diff`: in what two checkpoints differ.
struct DiffCheckpointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two checkpoints, or two .safetensors files, bit by bit.",
    discussion: """
      Lists the state values that differ and, per tensor, how many elements differ, where, and by \
      how much. Exit codes: 0 equal, 1 different, 65 missing or damaged.
      """)

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Argument(help: "A checkpoint's folder, or a .safetensors file.", completion: .file())
  var first: String

  @Argument(help: "Another of the same kind.", completion: .file())
  var second: String

  /// The exit code that `diff` and `cmp` have for what differs; it is no failure.
  private static let differing: Int32 = 1

  func run() throws {
    SingleProcess.run {
      let difference = try CheckpointDifference(first, second)
      try Output(json: json).give(difference, difference.text)
      if !difference.isEqual { SingleProcess.end(Self.differing) }
    }
  }
}

/// `gmlp-train checkpoints prune`: old ones away.
struct PruneCheckpointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove old checkpoints and leftovers of interrupted saves.",
    discussion: """
      The newest valid checkpoints and the best one are kept. Before anything is removed, those \
      to keep are verified. Refused while a run uses the directory.
      """)

  @Option(help: "How many of the newest valid checkpoints to keep (at least 2).")
  var keep: Int

  @Flag(help: "Say what would be removed, and remove nothing.")
  var dryRun = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Argument(
    help: ArgumentHelp("The run directory, or its folder of checkpoints.", valueName: "run"),
    completion: .directory)
  var directory: String

  func validate() throws {
    if keep < 2 {
      throw ValidationError(
        "--keep \(keep): must be at least 2, because one may turn out to be damaged")
    }
  }

  func run() throws {
    SingleProcess.run {
      let pruning = try CheckpointPruning(
        directory, keep: keep, isDryRun: dryRun, warning: StandardError.write)
      try Output(json: json).give(pruning, pruning.text)
    }
  }
}
