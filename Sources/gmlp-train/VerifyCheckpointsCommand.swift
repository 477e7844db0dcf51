import ArgumentParser
import Configuration
import Inspection
import Platform
import Train

/// `gmlp-train checkpoints verify`: whether they are as they were written.
struct VerifyCheckpointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read every byte of checkpoints and recompute every digest.",
    discussion: """
      Tells whether each is valid, and which one a resume would start from. \
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
