@testable import Checkpoints

/// A checkpoint whose files have some hundred kilobytes, as small models' have.
enum LargeCheckpoint {
  static let tensors: [(name: String, shape: [Int])] = [
    ("blocks.0.weight", [64, 256]), ("blocks.0.bias", [256]), ("head.weight", [10, 64]),
    ("head.bias", [10]), ("scale", []),
  ]
  static let files = ["model.safetensors", "optimizer.safetensors"]

  /// Saves the checkpoint; its content follows from its step.
  @discardableResult
  static func save(
    _ step: Int, in store: CheckpointStore, tensors: [(name: String, shape: [Int])] = tensors
  ) throws -> Checkpoint {
    let draft = try store.begin(step: step)
    for (number, file) in files.enumerated() {
      let writer = try draft.writer(file, tensors: tensors)
      for (name, shape) in tensors {
        let values = (0..<shape.reduce(1, *)).map { Float($0 + number) / 8 + Float(step) }
        try writer.write(values.span, tensor: name)
      }
    }
    return try draft.commit(SampleCheckpoint.state(step: step)) { print($0) }
  }
}
