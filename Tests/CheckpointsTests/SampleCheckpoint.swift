@testable import Checkpoints

/// A checkpoint of a few hundred bytes whose content follows from its step and its version.
enum SampleCheckpoint {
  static let shape = [2, 3]

  /// The state after `step` steps; the weights of `best` steps were the best of their kind.
  static func state(
    step: Int, threads: Int = 1, best: [WeightsKind: Int] = [:]
  ) -> CheckpointState {
    CheckpointState(
      step: step, epoch: 1, position: 32, samplesSeen: 16 * step, seed: .max,
      configuration: "seed = 0\nname = \"größe\"\n", configurationDigest: "c", datasetDigest: "d",
      testDatasetDigest: nil, cpu: "Cooperlake", blas: "OpenBLAS 0.3.21", build: "0.1.0",
      world: CheckpointState.World(ranks: 3, threads: threads),
      best: best.mapValues { CheckpointState.Best(metric: "accuracy", value: 0.1, step: $0) },
      weightsSHA256: "w")
  }

  static func values(step: Int, version: Int = 0) -> [Float] {
    (0..<6).map { Float(step) + Float(version) / 2 + Float($0) / 8 }
  }

  static func fill(_ draft: CheckpointDraft, version: Int = 0) throws {
    let model = try draft.writer("model.safetensors", tensors: [("weight", shape)])
    let optimizer = try draft.writer("optimizer.safetensors", tensors: [("exp_avg.weight", shape)])
    let values = values(step: draft.step, version: version)
    try model.write(values.span, tensor: "weight")
    try optimizer.write(values.span.extracting(3..<6), tensor: "exp_avg.weight", at: 3)
    try optimizer.write(values.span.extracting(0..<3), tensor: "exp_avg.weight", at: 0)
  }

  /// Saves the checkpoint; what a run would be warned of is an error here.
  @discardableResult
  static func save(
    _ step: Int, in store: CheckpointStore, version: Int = 0, best: [WeightsKind: Int] = [:]
  ) throws -> Checkpoint {
    let draft = try store.begin(step: step)
    try fill(draft, version: version)
    var warnings: [String] = []
    let checkpoint = try draft.commit(state(step: step, threads: version + 1, best: best)) {
      warnings.append($0)
    }
    try expectNone(of: warnings)
    return checkpoint
  }

  /// Throws the first of the lines that a run would be warned by.
  static func expectNone(of warnings: [String]) throws {
    guard let first = warnings.first else { return }
    throw CheckpointError(.inputOutput, "checkpoints", first, advice: "look at the disk")
  }

  static func weights(of checkpoint: Checkpoint) throws -> [Float] {
    var values = [Float](repeating: .nan, count: 6)
    var span = values.mutableSpan
    try checkpoint.file("model.safetensors").read("weight", into: &span)
    return values
  }
}
