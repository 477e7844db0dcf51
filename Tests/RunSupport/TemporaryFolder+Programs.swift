import Foundation
public import TestSupport

/// Programs that tests write and then start.
///
/// The kernel starts nothing that is open for writing ("Text file busy"), and every process that another test
/// starts at that moment has our open files until its own program begins. So another process writes them.
extension TemporaryFolder {
  /// Writes an executable script, in folders that may be new, and returns its path.
  @discardableResult
  public func writeProgram(_ script: String, to name: String) throws -> String {
    let draft = try write(script, to: "\(name).draft")
    let path = try copyProgram(draft, to: name)
    try remove(draft)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  /// Copies a program, or a folder of them, and returns the path of the copy.
  @discardableResult
  public func copyProgram(_ source: String, to name: String) throws -> String {
    let copying = Process()
    copying.executableURL = URL(filePath: "/bin/cp")
    copying.arguments = ["-R", "--", source, "\(path)/\(name)"]
    try copying.run()
    copying.waitUntilExit()
    guard copying.terminationReason == .exit && copying.terminationStatus == 0 else {
      throw CocoaError(.fileWriteUnknown)
    }
    return "\(path)/\(name)"
  }
}
