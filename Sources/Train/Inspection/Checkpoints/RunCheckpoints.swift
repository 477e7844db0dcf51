internal import Checkpoints
internal import Foundation

/// The checkpoints of a run, found by its directory or by the folder `checkpoints` in it.
struct RunCheckpoints {
  /// The run directory, which has the lock.
  let run: String
  /// The folder of checkpoints.
  let store: CheckpointStore

  /// Finds the checkpoints at `path`.
  ///
  /// - Throws: ``StartError`` that says what lies there instead.
  init(_ path: String) throws(StartError) {
    let manager = FileManager.default
    guard manager.fileExists(atPath: path) else {
      throw StartError("\(path): no such folder; name a run directory", exitCode: 65)
    }
    // A trailing slash is followed where the path is a link to a folder.
    guard manager.fileExists(atPath: path + "/") else {
      throw StartError("\(path): is a file; name a run directory", exitCode: 65)
    }
    if manager.fileExists(atPath: "\(path)/checkpoints/") {
      run = path
      store = CheckpointStore(directory: "\(path)/checkpoints")
      return
    }
    if Self.isCheckpoint(path) {
      throw StartError(
        "\(path): is one checkpoint; name the run directory that it lies in", exitCode: 65)
    }
    let url = URL(filePath: path).standardizedFileURL
    guard url.lastPathComponent == "checkpoints" else {
      throw StartError(
        "\(path): has no folder checkpoints; name the directory of a run that has saved one",
        exitCode: 65)
    }
    run = url.deletingLastPathComponent().path
    store = CheckpointStore(directory: path)
  }

  /// Whether the folder `path` looks like one checkpoint.
  static func isCheckpoint(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/\(Checkpoint.stateFile)")
      || URL(filePath: path).lastPathComponent.hasPrefix("step-")
  }

  /// When the file `path` was written: ISO 8601, UTC.
  ///
  /// - Throws: ``StartError`` where it cannot be looked at.
  static func date(of path: String) throws(StartError) -> String? {
    try look(at: path) {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      return (attributes[.modificationDate] as? Date)?.formatted(.iso8601)
    }
  }

  /// The bytes of the file `path`, or of the files in the folder `path`.
  ///
  /// - Throws: ``StartError`` where they cannot be looked at.
  static func bytes(at path: String) throws(StartError) -> Int {
    try look(at: path) {
      let manager = FileManager.default
      let attributes = try manager.attributesOfItem(atPath: path)
      guard attributes[.type] as? FileAttributeType == .typeDirectory else {
        return attributes[.size] as? Int ?? 0
      }
      return try manager.contentsOfDirectory(atPath: path).reduce(0) { sum, name in
        sum + (try manager.attributesOfItem(atPath: "\(path)/\(name)")[.size] as? Int ?? 0)
      }
    }
  }

  private static func look<Result>(
    at path: String, _ body: () throws -> Result
  ) throws(StartError) -> Result {
    do {
      return try body()
    } catch {
      throw StartError("\(path): cannot be looked at: \(error.reason); try again", exitCode: 74)
    }
  }
}
