import Checkpoints
import Configuration
import Foundation
import Platform
import Transfer

/// In what two checkpoints, or two files of tensors, differ.
public struct CheckpointDifference: Sendable, Encodable {
  /// A value of the states that differs.
  public struct Key: Sendable, Encodable {
    /// Its name; `configuration.` begins the keys of the configuration.
    public let name: String
    /// Its value in the first checkpoint.
    public let first: String
    /// Its value in the second.
    public let second: String
  }

  /// The first folder or file.
  public let first: String
  /// The second.
  public let second: String
  /// The values of the states that differ; none for files.
  public let keys: [Key]
  /// All tensors of either, by file and name.
  public let tensors: [TensorDifference]

  /// Whether all values and the bits of all tensors are equal.
  public var isEqual: Bool { keys.isEmpty && tensors.allSatisfy(\.isEqual) }

  /// Compares two checkpoints after verifying every digest, or two `.safetensors` files.
  ///
  /// However large the tensors are, two mebibytes of them are held at once.
  ///
  /// - Parameters:
  ///   - first: a folder with a checkpoint, or a file of tensors.
  ///   - second: another of the same kind.
  /// - Throws: ``CommandError`` or `CheckpointError` where one is missing or damaged.
  public init(_ first: String, _ second: String) throws {
    self.first = first
    self.second = second
    let (first, second) = try (Checkpoint.path(meantBy: first), Checkpoint.path(meantBy: second))
    switch (try Self.isFile(first), try Self.isFile(second)) {
    case (true, true):
      keys = []
      tensors = try Self.compare(
        try SafeTensorsFile(path: first), try SafeTensorsFile(path: second), file: nil,
        isKnownEqual: false)
    case (false, false):
      let checkpoints = (try Checkpoint.open(first), try Checkpoint.open(second))
      keys = try Self.keys(of: checkpoints.0, checkpoints.1)
      tensors = try Self.tensors(of: checkpoints.0, checkpoints.1)
    default:
      throw CommandError(
        "\(first) and \(second): one is a file and the other a folder; name two checkpoints or two "
          + ".safetensors files", exitCode: .badData)
    }
  }

  private static func isFile(_ path: String) throws(CommandError) -> Bool {
    let manager = FileManager.default
    guard manager.fileExists(atPath: path) else {
      throw CommandError(
        "\(path): no such checkpoint or file; name a checkpoint's folder or a .safetensors file",
        exitCode: .badData)
    }
    if !manager.fileExists(atPath: path + "/") { return true }
    guard manager.fileExists(atPath: "\(path)/\(Checkpoint.stateFile)") else {
      throw CommandError(
        "\(path): has no \(Checkpoint.stateFile), so it is not a checkpoint; name a folder step-… of "
          + "a run's checkpoints", exitCode: .badData)
    }
    return false
  }

  private static func tensors(
    of first: Checkpoint, _ second: Checkpoint
  ) throws -> [TensorDifference] {
    try Set(first.state.files.keys).union(second.state.files.keys).sorted().flatMap { name in
      let records = (first.state.files[name], second.state.files[name])
      return try compare(
        records.0 == nil ? nil : try first.file(name),
        records.1 == nil ? nil : try second.file(name), file: name,
        isKnownEqual: records.0 == records.1)
    }
  }

  private static func compare(
    _ first: SafeTensorsFile?, _ second: SafeTensorsFile?, file: String?, isKnownEqual: Bool
  ) throws -> [TensorDifference] {
    let names = [first, second].compactMap { $0 }.flatMap(\.tensors.keys)
    return try Set(names).sorted().map {
      try TensorDifference($0, first, second, file: file, isKnownEqual: isKnownEqual)
    }
  }

  private static func keys(of first: Checkpoint, _ second: Checkpoint) throws -> [Key] {
    let configurations = (
      try first.comparableConfiguration(), try second.comparableConfiguration()
    )
    let settings = TrainingConfiguration.settings.map { setting in
      Key(
        name: "configuration.\(setting.key)", first: setting.value(in: configurations.0),
        second: setting.value(in: configurations.1))
    }
    let values = zip(first.state.values, second.state.values).map { mine, theirs in
      Key(name: mine.name, first: mine.value, second: theirs.value)
    }
    return (values + settings).filter { $0.first != $0.second }
  }
}

extension Checkpoint {
  fileprivate func comparableConfiguration() throws(CommandError) -> TrainingConfiguration {
    do {
      return try trainingConfiguration()
    } catch {
      throw CommandError("\(error)", exitCode: .badData)
    }
  }
}

extension CheckpointState {
  private static func words(_ best: Best?) -> String {
    best.map { "\($0.metric) \($0.value) after step \($0.step)" } ?? "none"
  }

  /// What is compared beside configuration and files, with the names of `state.json`.
  fileprivate var values: [(name: String, value: String)] {
    [
      ("step", "\(step)"), ("epoch", "\(epoch)"), ("position", "\(position)"),
      ("samples_seen", "\(samplesSeen)"), ("seed", "\(seed)"),
      ("evaluation_is_pending", "\(evaluationIsPending)"),
      ("best weights", Self.words(best[.weights])),
      ("best averaged weights", Self.words(best[.averaged])),
      ("updates", "\(updatesDone)"),
      ("skipped_steps", "\(skippedSteps ?? 0)"), ("losses", losses.map { "\($0)" } ?? "none"),
      ("configuration_digest", configurationDigest), ("dataset_digest", datasetDigest),
      ("test_dataset_digest", testDatasetDigest ?? "none"), ("weights_sha256", weightsSHA256),
      ("cpu", cpu), ("blas", blas), ("build", build),
      ("libc", libc ?? "unknown"), ("library_settings", librarySettings ?? "unknown"),
      ("picture_libraries", pictureLibraries ?? "unknown"),
      ("world", "ranks \(world.ranks), threads \(world.threads)"),
    ]
  }
}
