import ArgumentParser
import Foundation
import Inspection
import Train

/// `gmlp-train checkpoints diff`: in what two checkpoints differ.
struct DiffCheckpointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two checkpoints, or two .safetensors files, bit by bit.",
    discussion: """
      Names the values of the states that differ and, for each tensor, how many elements differ, \
      where, and by how much. Exit codes: 0 equal, 1 different, 65 missing or damaged.
      """)

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Argument(help: "A checkpoint's folder, or a .safetensors file.", completion: .file())
  var first: String

  @Argument(help: "Another of the same kind.", completion: .file())
  var second: String

  func run() throws {
    SingleProcess.run {
      let difference = try CheckpointDifference(first, second)
      try Output(json: json).give(difference, difference.text)
      if !difference.isEqual { SingleProcess.end(1) }
    }
  }
}
