import ArgumentParser
import Foundation
import Train

/// The command: it reads its arguments and hands over to a subcommand.
@main
struct GMLPTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gmlp-train",
    abstract: "Trains gMLP models on CPUs: the same bits on any number of MPI ranks.",
    discussion: """
      As one process:        gmlp-train
      As eight:              mpirun -n 8 gmlp-train
      On two threads a rank: mpirun -n 4 gmlp-train --threads 2

      Without a configuration a small gMLP learns Fashion-MNIST. Run it again and it goes on
      where the run directory's newest valid checkpoint stands.

      Exit codes: 0 done, 64 usage or configuration, 65 bad input file or checkpoint,
      70 internal or non-finite loss, 74 reading or writing failed, 75 stopped and resumable,
      76 another rank died or hung.
      """,
    version: Version.current,
    subcommands: [TrainCommand.self, ReplayCommand.self],
    defaultSubcommand: TrainCommand.self)

  /// Parses and runs. Under a launcher rank zero alone speaks of wrong arguments.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      if Launcher.rank != 0 {
        // A launcher ends all ranks at the first that fails, and rank zero has something to say.
        Thread.sleep(forTimeInterval: 1)
        Foundation.exit(exitCode(for: error).rawValue)
      }
      exit(withError: error)
    }
  }
}
