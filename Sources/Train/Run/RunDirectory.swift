import Checkpoints
package import Configuration
import Files
import Foundation
import Reporting
import Synchronization

/// The directory of a run: `config.toml`, `metrics.jsonl`, `checkpoints/`, and a lock.
///
/// Only rank zero makes one; the lock ends with the process that holds it.
public final class RunDirectory: Sendable {
  /// The path of the run.
  public let path: String

  private let folder: LockedFolder
  /// Files that this start has made.
  private let made = Mutex<[String]>([])

  /// The file of metrics.
  public var metricsPath: String { "\(path)/\(Self.metricsName)" }
  static let metricsName = "metrics.jsonl"

  /// The directory of checkpoints.
  public var checkpointsPath: String { "\(path)/checkpoints" }

  /// The line saying that nothing keeps a second run out; nil if the lock does.
  public var warning: String? {
    folder.lack.map {
      "\(path): this file system has no locks (\($0)), so nothing keeps a second run out; start one at a "
        + "time, or choose a --run-dir on one that has (Lustre: mounted with -o flock)"
    }
  }

  /// Whether the lock keeps other processes out.
  package var isExclusive: Bool { folder.lack == nil }

  /// Opens the directory, making it if it is not there, and locks it.
  ///
  /// - Parameters:
  ///   - path: the directory, or a link to it.
  ///   - patience: how long to wait for a lock that is held.
  /// - Throws: ``TrainingError`` if another run holds the lock or the directory cannot be made.
  public init(_ path: String, patience: LockPatience = .none) throws(TrainingError) {
    self.path = path
    do {
      folder = try LockedFolder(
        path, patience: patience.duration, waiting: { patience.tell(path) })
    } catch {
      throw TrainingError(error, path)
    }
  }

  /// Opens the directory after moving a used one aside, to `path`.1 or the next number that is free.
  ///
  /// - Parameters:
  ///   - path: the directory, without a slash at its end, or a link to it, which stays.
  ///   - patience: how long to wait for a lock that is held.
  ///   - movedAside: gets the new name of the used one.
  /// - Throws: ``TrainingError`` if another run holds the lock, or with the system's reason.
  public init(
    emptying path: String, patience: LockPatience = .none, movedAside: (String) -> Void
  ) throws(TrainingError) {
    self.path = path
    do {
      folder = try LockedFolder.empty(
        path,
        where: { folder in
          ["metrics.jsonl", "checkpoints"].contains {
            FileManager.default.fileExists(atPath: "\(folder)/\($0)")
          }
        }, patience: patience.duration, waiting: { patience.tell(path) }, movedAside: movedAside)
    } catch {
      throw TrainingError(error, path)
    }
  }

  /// Finds out before the first step whether the run can be saved.
  ///
  /// A disk without room is not a reason to end: there may be some when the first save comes.
  ///
  /// - Throws: ``TrainingError`` with what the system refuses.
  func requireSaving() throws(TrainingError) {
    do {
      try CheckpointStore(directory: checkpointsPath).tryToSave()
    } catch {
      if error.isLackOfRoom { return }
      throw .storage(
        "\(error.file): cannot be written, so the run could not be saved: \(error.reason); change its "
          + "rights, or choose another --run-dir")
    }
  }

  /// Records that the file `name` is going to be written, for ``takeBack()``.
  func willWrite(_ name: String) {
    // What a link leads to is made, and goes; one that leads nowhere is refused when it is written.
    guard let file = try? SystemPath.resolvingLinks("\(path)/\(name)") else { return }
    if !FileManager.default.fileExists(atPath: file) { made.withLock { $0.append(file) } }
  }

  /// Takes back what was made for a start that is refused: it leaves everything as it was.
  ///
  /// - Returns: whether a run that was moved aside has its name back.
  package func takeBack() -> Bool {
    // What was not made after all, or cannot be removed, is left: what counts is the reason of the refusal.
    for file in made.withLock({ $0 }) { _ = unsafe unlink(file) }
    return folder.takeBack()
  }

  /// Opens the metrics; the part to keep stays.
  ///
  /// - Throws: ``TrainingError`` with the system's reason.
  func openMetrics(keeping kept: KeptMetrics) throws(TrainingError) -> MetricsFile {
    willWrite(Self.metricsName)
    do {
      return try MetricsFile(path: metricsPath, keeping: kept)
    } catch {
      throw .storage(error.description)
    }
  }

  /// Renames metrics about checkpoints that are gone: they are all that is left of that run.
  ///
  /// - Throws: ``TrainingError`` with the system's reason.
  func keepForeignMetrics() throws(TrainingError) {
    let metrics = FileManager.default.contents(atPath: metricsPath) ?? Data()
    guard metrics.range(of: Data("{\"event\":\"checkpoint\"".utf8)) != nil else { return }
    var number = 1
    while FileManager.default.fileExists(atPath: "\(metricsPath).\(number)") { number += 1 }
    do {
      try FileManager.default.moveItem(atPath: metricsPath, toPath: "\(metricsPath).\(number)")
    } catch {
      throw .storage(
        "\(metricsPath): cannot be renamed: \(error.reason); choose another --run-dir")
    }
  }

  /// Writes the resolved configuration.
  package func write(configuration: TrainingConfiguration) throws(TrainingError) {
    let file = "\(path)/config.toml"
    let bytes = Data(configuration.withAbsolutePaths.toml.utf8)
    // A resumed run may find the disk full, and continues.
    if FileManager.default.contents(atPath: file) == bytes { return }
    willWrite("config.toml")
    do throws(WholeFileError) {
      try WholeFile.write(bytes, to: file)
    } catch {
      throw .storage(
        "\(file): cannot be written: \(error.reason); "
          + "make room or choose another --run-dir")
    }
  }
}

extension TrainingError {
  fileprivate init(_ error: FolderLockError, _ path: String) {
    switch error {
    case .held: self = .inUse(directory: path)
    case .unusable(let error):
      let place = error.file == path ? "" : "\(error.file): "
      self = .storage(
        "\(path): the run directory cannot be used: \(place)\(error.reason); choose another "
          + "--run-dir")
    case .immovable(let aside, let error):
      self = .storage(
        "\(path): cannot be moved aside to \(aside): \(error.reason); choose another --run-dir")
    }
  }
}

/// How long a start waits for the lock of a run directory that is in use.
public struct LockPatience: Sendable {
  let duration: Duration

  /// Not at all: another run is at work.
  public static let none = LockPatience(duration: .zero)

  /// Two minutes for a restart, none for a start by hand.
  ///
  /// The lock of a host that was lost is held by the storage until its lease ends, after 90 s on NFS, and
  /// a process that was killed may take a moment.
  static func of(_ restart: Restart) -> LockPatience {
    restart.number > 0 ? LockPatience(duration: .seconds(120)) : .none
  }

  func tell(_ path: String) {
    StandardError.write(
      "\(path): the lock is still held, by a process that has not ended or by a lost host; waiting up "
        + "to \(duration.components.seconds) s for it")
  }
}
