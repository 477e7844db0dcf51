internal import Foundation

/// The directory of a run: `config.toml`, `metrics.jsonl`, `checkpoints/`, and a lock.
///
/// Only rank zero makes one; the lock ends with the process that holds it.
public final class RunDirectory: Sendable {
  /// Where the run lies.
  public let path: String

  private let lock: FileHandle

  /// The file of metrics.
  public var metricsPath: String { "\(path)/metrics.jsonl" }

  /// The directory of checkpoints.
  public var checkpointsPath: String { "\(path)/checkpoints" }

  /// Opens the directory, making it if it is not there, and locks it.
  ///
  /// - Throws: ``TrainingError`` if another run holds the lock or the directory cannot be made.
  public init(_ path: String) throws(TrainingError) {
    self.path = path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let file = URL(fileURLWithPath: "\(path)/lock")
      if !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
      lock = try FileHandle(forUpdating: file)
    } catch {
      throw .storage(
        "\(path): the run directory cannot be used: \(error.reason); "
          + "choose another --run-dir")
    }
    guard flock(lock.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw errno == EWOULDBLOCK
        ? .inUse(directory: path)
        : .storage("\(path)/lock: cannot be locked (error \(errno)); choose another --run-dir")
    }
  }

  /// Writes the resolved configuration.
  func write(configuration: TrainingConfiguration) throws(TrainingError) {
    let file = "\(path)/config.toml"
    let bytes = Data(configuration.withAbsolutePaths.toml.utf8)
    // A run that is started again may find the disk full, and go on.
    if FileManager.default.contents(atPath: file) == bytes { return }
    do {
      try bytes.write(to: URL(fileURLWithPath: file), options: .atomic)
    } catch {
      throw .storage(
        "\(file): cannot be written: \(error.reason); "
          + "make room or choose another --run-dir")
    }
  }

  /// Moves a used directory aside, to `path`.1 or the next number that is free.
  ///
  /// - Parameter path: the directory, without a slash at its end.
  /// - Throws: ``TrainingError`` if another run holds the lock, or with the system's reason.
  /// - Returns: the new name, or nil if there was nothing to move.
  public static func setAside(_ path: String) throws(TrainingError) -> String? {
    let manager = FileManager.default
    guard
      manager.fileExists(atPath: "\(path)/metrics.jsonl")
        || manager.fileExists(atPath: "\(path)/checkpoints")
    else { return nil }
    // A run that still holds the lock is left alone.
    _ = try RunDirectory(path)
    var number = 1
    while manager.fileExists(atPath: "\(path).\(number)") { number += 1 }
    let target = "\(path).\(number)"
    guard unsafe rename(path, target) == 0 else {
      let reason = unsafe String(cString: strerror(errno))
      throw .storage(
        "\(path): cannot be moved aside to \(target): \(reason); choose another --run-dir")
    }
    return target
  }
}
