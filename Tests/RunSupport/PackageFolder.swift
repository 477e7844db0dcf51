package import Foundation

/// The top folder of the package, for tests that read its scripts, configurations and pages.
package enum PackageFolder {
  /// Where it lies.
  package static let url = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// README, the changelog, and all pages below `docs`, as paths from the top folder.
  package static func pages() throws -> [String] {
    let folder = url.appending(path: "docs")
    let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    let pages = (paths ?? []).filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
    return ["README.md", "CHANGELOG.md"] + pages
  }
}
