import Foundation

/// A file system in memory of a given size, mounted for one test; needs root.
final class SmallFileSystem: Sendable {
  let path: String

  init(kilobytes: Int, in folder: TemporaryFolder) throws {
    path = folder.path
    try Self.run("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", path)
  }

  func makeReadOnly() throws { try Self.run("mount", "-o", "remount,ro", path) }

  func unmount() throws { try Self.run("umount", path) }

  static func run(_ command: String...) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  static let canMount: Bool = {
    do {
      let folder = try TemporaryFolder()
      let small = try SmallFileSystem(kilobytes: 64, in: folder)
      try small.unmount()
      return true
    } catch {
      return false
    }
  }()
}
