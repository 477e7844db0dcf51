import ArgumentParser
import Comm
import Configuration
import Foundation
import Inspection
import Platform
import Train

/// `gmlp-train replay`: one rank's part of one step, again and in one process.
struct ReplayCommand: ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Recompute, in one process, what one rank computed in one step.",
    discussion: """
      gmlp-train --set train.record_digests=true --set train.keep=20    the run
      gmlp-train replay --run-dir runs/digits --step 33 --rank 2 --of 3

      For runs that were trained with train.record_digests = true. It starts from the newest valid \
      checkpoint before the step and compares the digest of the rank's gradient sums with the recorded \
      one. Use it to debug a step, or to find a machine that computes wrong results. The exit code is \
      0 if the digests are equal and 70 if they differ.
      """)

  @Option(help: "The run directory.")
  var runDir = "runs/fashion-mnist"

  @Option(help: "The step to replay.")
  var step: Int

  @Option(help: "The rank whose part is recomputed.")
  var rank: Int

  @Option(help: "The number of ranks that computed the step.")
  var of: Int

  @Flag(help: "Check every activation and gradient for non-finite values.")
  var debug = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    if step < 1 { throw ValidationError("--step \(step): steps count from 1") }
    if of < 1 || !(0..<of).contains(rank) {
      throw ValidationError("--rank \(rank) --of \(of): a rank is at least 0 and below the number")
    }
  }

  func run() throws {
    World.run(computeThreads: 1) { communication in
      guard communication.size == 1 else {
        throw CommandError("replay runs in one process; start it without mpirun", exitCode: .usage)
      }
      let replay = try Replay(
        directory: runDir, step: step, rank: rank, of: of, debug: debug, communication)
      try Output(json: json).line(json ? replay.json : replay.text)
      return (replay.isEqual ? ExitCode.done : .internalError).rawValue
    }
  }
}

extension Replay {
  fileprivate var text: String {
    """
    step \(step), micro-batches \(microBatches), from the checkpoint of step \(checkpointStep)
    loss      \(loss)
    recorded  \(recordedDigest)
    replayed  \(digest)
    \(isEqual ? "equal" : "DIFFERENT: the rank did not compute these sums")
    """
  }

  fileprivate var json: String {
    """
    {"step":\(step),"first_micro_batch":\(microBatches.lowerBound),\
    "micro_batches":\(microBatches.count),"checkpoint_step":\(checkpointStep),\
    "loss":\(loss.isFinite ? "\(loss)" : "null"),"recorded_sha256":"\(recordedDigest)",\
    "replayed_sha256":"\(digest)","equal":\(isEqual)}
    """
  }
}
