import Foundation

/// A file system in memory of a given size, mounted for one test; needs root.
public final class SmallFileSystem: Sendable {
  /// Where it is mounted.
  public let path: String

  /// Mounts a file system of `kilobytes` on the folder `path`.
  public init(kilobytes: Int, at path: String) throws {
    self.path = path
    try Self.run("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", path)
  }

  /// Takes it away again; the test calls it, whatever has happened.
  ///
  /// A process that ends late may still use it: that is waited for.
  public func unmount() throws {
    for _ in 0..<600 {
      do {
        return try Self.run("umount", path)
      } catch {
        usleep(100_000)
      }
    }
    try Self.run("umount", path)
  }

  /// Makes all further writes fail.
  public func makeReadOnly() throws { try Self.run("mount", "-o", "remount,ro", path) }

  /// Changes its size.
  public func resize(kilobytes: Int) throws {
    try Self.run("mount", "-o", "remount,size=\(kilobytes)k", path)
  }

  /// Whether this process may mount.
  public static let canMount: Bool = {
    do {
      let folder = try TemporaryFolder()
      let small = try SmallFileSystem(kilobytes: 64, at: folder.path)
      try small.unmount()
      return true
    } catch {
      return false
    }
  }()

  private static func run(_ command: String...) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
  }
}
