import Foundation

/// The lock on a run directory, held as another run would hold it.
package final class RunLock: Sendable {
  private let file: FileHandle

  package init(_ directory: String) throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let path = URL(filePath: directory).appending(path: "lock")
    try Data().write(to: path)
    file = try FileHandle(forUpdating: path)
    guard flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw CocoaError(.fileLocking)
    }
  }
}
