import Checkpoints
import Digests

/// `state.json` of a checkpoint, by the reader of whole checkpoints.
struct StateReader: FuzzedReader {
  static let name = "state"

  let seeds: [FuzzSeed]
  let words = [
    "{", "}", "[", "]", "\"", ",", ":", "null", "true", "-1", "1e999", "0.5", "9223372036854775808",
    "\"step\" : 7,", "\"files\" : {", "../", "\\u0000", "\\ud800", "\"format_version\" : 2,",
    String(repeating: "[", count: 600), "\u{0}", "\u{FEFF}",
  ]

  init(in folder: String) throws {
    let best = CheckpointState.Best(metric: "accuracy", value: 0.5, step: 2)
    let kinds: [[WeightsKind: CheckpointState.Best]] = [[:], [.weights: best, .averaged: best]]
    seeds = try kinds.enumerated().map { number, best in
      let store = CheckpointStore(directory: try makeFolder("\(folder)/\(number)"))
      let draft = try store.begin(step: 3)
      let values: [Float] = [1, 2]
      try draft.writer("model.safetensors", tensors: [("weight", [2])])
        .write(values.span, tensor: "weight")
      let state = CheckpointState(
        step: 3, epoch: 1, position: 32, samplesSeen: 48, seed: .max,
        configuration: "seed = 0\nname = \"größe\"\n", configurationDigest: "c", datasetDigest: "d",
        testDatasetDigest: best.isEmpty ? nil : "t", cpu: "cpu", blas: "blas", build: "1",
        world: CheckpointState.World(ranks: 3, threads: 2),
        best: best, weightsSHA256: "w")
      let checkpoint = try draft.commit(state) { print($0) }
      return try FuzzSeed("\(checkpoint.directory)/\(Checkpoint.stateFile)")
    }
  }

  /// The digest in the second line, of all lines below it.
  func mend(_ bytes: [UInt8], of seed: FuzzSeed) -> [UInt8] {
    let lines = bytes.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
    guard lines.count == 3 else { return bytes }
    var digest = SHA256()
    digest.update(Array(lines[2]).span)
    return Array("{\n  \"state_sha256\" : \"\(digest.hexadecimal)\",\n".utf8) + lines[2]
  }

  func read(_ seed: FuzzSeed) throws {
    let directory = String(seed.path.dropLast(Checkpoint.stateFile.count + 1))
    let state = try Checkpoint.open(directory).state
    guard state.step >= 0, state.epoch >= 0, state.position >= 0, state.samplesSeen >= 0,
      state.world.ranks > 0, state.world.threads > 0,
      state.best.values.allSatisfy({ $0.step >= 0 && $0.value.isFinite })
    else { throw FuzzFinding(description: "a state that no run can have is taken: \(state)") }
  }

  /// A file that the state names and that is not there is missing.
  func isRefusal(_ error: any Error) -> Bool {
    [.invalid, .missing].contains((error as? CheckpointError)?.code)
  }
}
