import ArgumentParser

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
