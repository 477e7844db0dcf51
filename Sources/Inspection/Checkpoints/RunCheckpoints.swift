import Checkpoints
import Configuration
import Files
import Foundation
import Platform

/// The checkpoints of a run, found by its directory or by the folder `checkpoints` in it.
struct RunCheckpoints {
  /// The run directory, which has the lock.
  let run: String
  /// The folder of checkpoints.
  let store: CheckpointStore

  /// Finds the checkpoints at `path`.
  ///
  /// - Throws: ``CommandError`` that says what lies there instead.
  init(_ path: String) throws(CommandError) {
    let manager = FileManager.default
    guard manager.fileExists(atPath: path) else {
      throw CommandError("\(path): no such folder; name a run directory", exitCode: .badData)
    }
    // A trailing slash is followed where the path is a link to a folder.
    guard manager.fileExists(atPath: path + "/") else {
      throw CommandError("\(path): is a file; name a run directory", exitCode: .badData)
    }
    if manager.fileExists(atPath: "\(path)/checkpoints/") {
      run = path
      store = CheckpointStore(directory: "\(path)/checkpoints")
      return
    }
    if Self.isCheckpoint(path) {
      throw CommandError(
        "\(path): is one checkpoint; name its run directory", exitCode: .badData)
    }
    let url = URL(filePath: path).standardizedFileURL
    guard url.lastPathComponent == "checkpoints" else {
      throw CommandError(
        "\(path): has no folder checkpoints; name the directory of a run that has saved one",
        exitCode: .badData)
    }
    run = url.deletingLastPathComponent().path
    store = CheckpointStore(directory: path)
  }

  /// Whether the folder `path` looks like one checkpoint; the directory of a run may have such a name too.
  static func isCheckpoint(_ path: String) -> Bool {
    let manager = FileManager.default
    if manager.fileExists(atPath: "\(path)/checkpoints/") { return false }
    return manager.fileExists(atPath: "\(path)/\(Checkpoint.stateFile)")
      || URL(filePath: path).lastPathComponent.hasPrefix("step-")
  }

  /// When the file `path` was written: ISO 8601, UTC; nil where it is gone.
  ///
  /// - Throws: ``CommandError`` where it cannot be looked at.
  static func date(of path: String) throws(CommandError) -> String? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      return (attributes[.modificationDate] as? Date)?.formatted(.iso8601)
    } catch {
      if !FileManager.default.fileExists(atPath: path) { return nil }
      throw CommandError(
        "\(path): cannot be looked at: \(error.reason); try again", exitCode: .inputOutput)
    }
  }

  /// The bytes of the files in the folder `path`, or of the file there; nil where nothing is there any more.
  ///
  /// - Throws: ``CommandError`` where they cannot be looked at.
  static func bytes(at path: String) throws(CommandError) -> Int? {
    do throws(SystemCallError) {
      guard let status = try OpenFolder.status(at: path) else { return nil }
      guard status.isFolder else { return status.bytes }
      let folder = try OpenFolder(path)
      var sum = 0
      for name in try folder.names() {
        guard let file = try folder.status(of: name), !file.isFolder else { continue }
        sum += file.bytes
      }
      return sum
    } catch {
      if error.number == ENOENT { return nil }
      throw CommandError(
        "\(error.path): cannot be looked at: \(error.reason); try again",
        exitCode: .inputOutput)
    }
  }
}
