import Foundation

/// A folder that goes when nobody holds it any more.
public final class TemporaryFolder: Sendable {
  /// Where the folder lies.
  public let path: String

  /// Makes a folder with nothing in it.
  public init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "gmlp-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      print("\(path) is left behind: \(error)")
    }
  }
}
