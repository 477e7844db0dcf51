import ArgumentParser

/// Short options for the keys that most people change.
///
/// Each is as good as `--set` with its key: the configuration, and so its digest, is the same.
struct HyperparameterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Peak learning rate (optimizer.learning_rate).", valueName: "rate"))
  var lr: Double?

  @Option(
    help: ArgumentHelp(
      "Passes over the training set (train.epochs); counts instead of train.steps.",
      valueName: "n"))
  var epochs: Int?

  @Option(
    help: ArgumentHelp(
      "Samples per step, of all ranks together (train.global_batch_size).", valueName: "n"))
  var batchSize: Int?

  func validate() throws {
    for (name, value) in [("--epochs", epochs), ("--batch-size", batchSize)] {
      if let value, value < 1 { throw ValidationError("\(name) \(value): must be at least 1") }
    }
    if let lr, !(lr.isFinite && lr >= 0) {
      throw ValidationError("--lr \(lr): must be a number of at least 0")
    }
  }

  /// The same as `key=value`, to be applied after those of `--set`.
  var assignments: [String] {
    var assignments: [String] = []
    if let lr { assignments.append("optimizer.learning_rate=\(lr)") }
    // A number of steps in the configuration would count instead of the epochs.
    if let epochs { assignments += ["train.epochs=\(epochs)", "train.steps=0"] }
    if let batchSize { assignments.append("train.global_batch_size=\(batchSize)") }
    return assignments
  }
}
