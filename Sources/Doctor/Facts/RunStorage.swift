import Comm
import Files
import Foundation
import Glibc

/// Where rank zero will write, and how much room there is.
struct RunStorage: Sendable, Equatable {
  /// The run directory.
  let runDirectory: String
  /// The folder that was asked about: that of the checkpoints, or the nearest one that is there.
  let folder: String
  /// Its file system.
  let space: RankFacts.Space
  /// Bytes of checkpoints of the run directory, which later ones replace.
  let replacedBytes: Int
  /// Bytes that a file may have here (`ulimit -f`); nil without a limit.
  let fileSizeLimit: Int?
  /// What could not be read; nil if all is known.
  let fault: String?

  /// Looks at the run directory at `path`, which need not be there yet.
  init(_ path: String) {
    let manager = FileManager.default
    runDirectory = path
    let checkpoints = "\(path)/checkpoints"
    var url = URL(fileURLWithPath: checkpoints)
    while !manager.fileExists(atPath: url.path) && url.path != "/" {
      url.deleteLastPathComponent()
    }
    folder = url.path
    space = RankFacts.Space(at: url.path)
    var (limit, bytes, fault) = (Int?.none, 0, String?.none)
    do {
      limit = try ResourceLimit.fileSize.current()
      if manager.fileExists(atPath: checkpoints) {
        bytes = try Self.bytes(inFolder: URL(fileURLWithPath: checkpoints))
      }
    } catch let error as HostError {
      fault = "\(error)"
    } catch {
      fault = "\(checkpoints): cannot be listed: \(error.reason)"
    }
    fileSizeLimit = limit
    replacedBytes = bytes
    self.fault = fault
  }

  /// A storage with all values known.
  init(
    runDirectory: String, folder: String, space: FileSystem, replacedBytes: Int,
    fileSizeLimit: Int? = nil
  ) {
    self.runDirectory = runDirectory
    self.folder = folder
    self.space = .known(space)
    self.replacedBytes = replacedBytes
    self.fileSizeLimit = fileSizeLimit
    fault = nil
  }

  /// Bytes of the files of folders inside `folder`.
  private static func bytes(inFolder folder: URL) throws -> Int {
    let manager = FileManager.default
    let folders = try manager.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: [.isDirectoryKey])
    var sum = 0
    for inner in folders
    where try inner.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true {
      for file in try manager.contentsOfDirectory(
        at: inner, includingPropertiesForKeys: [.fileSizeKey])
      {
        sum += try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      }
    }
    return sum
  }
}

/// What the file system of a run directory can do besides reading and writing.
struct StorageProbe: Sendable, Codable, Equatable {
  /// Why it has no locks; nil if it has.
  let lackOfLocks: String?
  /// Whether names in a folder can be brought to the medium.
  let syncsFolders: Bool

  /// A file system with all values known.
  init(lackOfLocks: String?, syncsFolders: Bool) {
    self.lackOfLocks = lackOfLocks
    self.syncsFolders = syncsFolders
  }

  /// Tries a lock and a sync of `folder` itself, which stays as it is; nil if it cannot be opened.
  init?(of folder: String) {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { _ = close(descriptor) }
    syncsFolders = FolderSync(of: descriptor) != .unsupported
    if case .unsupported(let number) = LockAttempt(on: descriptor) {
      lackOfLocks = unsafe String(cString: strerror(number))
    } else {
      lackOfLocks = nil
    }
  }
}
