internal import Foundation

/// Folders that a start has made, so that it can take them back where it is refused.
struct MadeFolders: Sendable {
  /// Those that were not there before, the innermost first.
  let paths: [String]

  /// Makes the folder at `path` and those above it.
  ///
  /// - Throws: what Foundation says; then nothing is left of what was made.
  init(_ path: String) throws {
    let manager = FileManager.default
    var missing: [String] = []
    var url = URL(fileURLWithPath: path)
    while url.path != "/" && !manager.fileExists(atPath: url.path) {
      missing.append(url.path)
      url.deleteLastPathComponent()
    }
    paths = missing
    do {
      try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      removeIfEmpty()
      throw error
    }
  }

  /// Removes them again, from the inside out, up to the first that holds something.
  func removeIfEmpty() {
    for path in paths where unsafe rmdir(path) != 0 && errno != ENOENT { return }
  }
}
