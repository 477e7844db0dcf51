import Foundation

/// A folder for the files of a test, removed with everything in it when nobody holds it any more.
///
/// A process that ends late may still write to it: the removal is tried again for a while, and what is left
/// then is named and stays.
public final class TemporaryFolder: Sendable {
  /// Where the folder lies.
  public let path: String

  /// Makes a folder with nothing in it.
  public init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "gmlp-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    for isLast in Array(repeating: false, count: 100) + [true] {
      do {
        try FileManager.default.removeItem(atPath: path)
        return
      } catch {
        if isLast { print("\(path) is left behind: \(error)") }
      }
      usleep(100_000)
    }
  }

  /// Writes a file of the folder, in folders of it that may be new, and returns its path.
  @discardableResult
  public func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = "\(path)/\(name)"
    let url = URL(filePath: file)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return file
  }

  /// Writes a file of text and returns its path.
  @discardableResult
  public func write(_ text: String, to name: String) throws -> String {
    try write(Array(text.utf8), to: name)
  }

  /// The text of a file of the folder.
  public func text(of name: String) throws -> String {
    try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
  }

  /// The bytes of a file by its path.
  public func read(_ file: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: file)))
  }

  /// The names in a folder by its path, hidden ones too.
  public func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  /// Removes a file or folder by its path.
  public func remove(_ path: String) throws {
    try FileManager.default.removeItem(atPath: path)
  }

  /// Gives a file or folder another path.
  public func rename(_ path: String, to newPath: String) throws {
    try FileManager.default.moveItem(atPath: path, toPath: newPath)
  }
}
