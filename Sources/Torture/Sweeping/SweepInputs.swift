import Configuration
import Datasets
import Files
import Platform
import Transfer

/// The weights and the data that a sweep names, by the digests of what is there now.
///
/// With configuration and seed they decide what a run comes to. Each is read once a sweep, and only if there is a run to
/// compare with it. What can no longer be read is reported, and its runs are kept: nothing says that they are others.
final class SweepInputs {
  /// What the first start of a run has recorded of them.
  struct Recorded {
    /// Whether the run's first start is not in its metrics, and with it the weights.
    let isResume: Bool
    /// The digest of the file of given weights; nil for random ones, and from versions that did not record it.
    let weights: String?
    /// The digest of the training set; nil from versions that did not record it.
    let trainingSet: String?
    /// The digest of the test set; nil from versions that did not record it.
    let testSet: String?
  }

  private typealias Sets = (training: String, test: String)

  private var weights: [String: Result<String, any Error>] = [:]
  /// All runs of a sweep have the same.
  private var sets: Result<Sets, any Error>?

  /// Refuses the run in `directory` if it began with other weights or other data than `run` would now.
  ///
  /// - Throws: ``CommandError`` with exit code 64 that has the old and the new digest.
  func require(
    _ recorded: Recorded, of run: Sweep.Run, in directory: String
  ) throws(CommandError) {
    if !recorded.isResume, let difference = weightsDifference(recorded.weights, run.weights) {
      throw Self.refusal(of: directory, difference)
    }
    if recorded.trainingSet == nil && recorded.testSet == nil { return }
    guard let now = digests(of: run.configuration) else { return }
    for (name, old, new) in [
      ("training", recorded.trainingSet, now.training), ("test", recorded.testSet, now.test),
    ] {
      guard let old, old != new else { continue }
      throw Self.refusal(
        of: directory,
        "had a \(name) set with digest \(old.prefix(12))…, and the one of the sweep has "
          + "\(new.prefix(12))… now")
    }
  }

  /// The error for a run in `directory` that is not the one that the sweep would train there.
  static func refusal(of directory: String, _ difference: String) -> CommandError {
    CommandError(
      "\(directory): \(difference); remove the run, or give the sweep another name or --output",
      exitCode: .usage)
  }

  /// How the weights with the digest `old` and those at `path` differ, in words; nil if they do not or nobody can tell.
  private func weightsDifference(_ old: String?, _ path: String?) -> String? {
    switch (old, path) {
    case (nil, nil): return nil
    case (nil, let path?):
      return "began with random weights as far as it records, and the sweep names \(path)"
    case (let old?, nil):
      return "began with weights with digest \(old.prefix(12))…, and the sweep has random ones"
    case (let old?, let path?):
      guard let new = digest(ofWeights: path), new != old else { return nil }
      return "began with weights with digest \(old.prefix(12))…, and \(path) has "
        + "\(new.prefix(12))… now"
    }
  }

  private func digest(ofWeights path: String) -> String? {
    if let known = weights[path] { return try? known.get() }
    let read = Result { try WeightsFile(given: path).digest() }
    if case .failure(let error) = read {
      StandardError.write(
        "runs that began with \(path) are kept, although these weights cannot be compared: "
          + "\(error)")
    }
    weights[path] = read
    return try? read.get()
  }

  private func digests(of configuration: TrainingConfiguration) -> Sets? {
    if let sets { return try? sets.get() }
    let read = Result { try Self.read(configuration) }
    if case .failure(let error) = read {
      StandardError.write("runs are kept, although their data cannot be compared: \(error)")
    }
    sets = read
    return try? read.get()
  }

  private static func read(_ configuration: TrainingConfiguration) throws -> Sets {
    var configuration = configuration
    // Shards have their digest in the header. Damage does not make them other data, and training looks for it.
    configuration.data.verify = false
    let sets = try configuration.task.openBoth()
    return (sets.training.digest, sets.test.digest)
  }
}
