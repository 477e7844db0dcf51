import Foundation
import Testing

/// The links between the pages of the package.
@Suite("Links")
struct LinkTests {
  private static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test("Every relative link leads to an existing file and heading")
  func relative() throws {
    var found = 0
    for page in try Self.pages() {
      let file = Self.package.appending(path: page)
      let text = try Self.prose(of: file)
      for match in text.matches(of: /\]\(([^)\s]+)\)/) {
        let link = String(match.1)
        if link.contains("://") || link.hasPrefix("mailto:") { continue }
        found += 1
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let target =
          parts[0].isEmpty
          ? file : file.deletingLastPathComponent().appending(path: String(parts[0])).standardized
        guard FileManager.default.fileExists(atPath: target.path) else {
          Issue.record("\(page): nothing is at \(link)")
          continue
        }
        if parts.count > 1 {
          #expect(try Self.anchors(of: target).contains(String(parts[1])), "\(page): \(link)")
        }
      }
    }
    #expect(found > 50)
  }

  @Test("docs/README.md lists every page of docs")
  func index() throws {
    let text = try Self.prose(of: Self.package.appending(path: "docs/README.md"))
    for page in try Self.pages() where page.hasPrefix("docs/") && page != "docs/README.md" {
      #expect(text.contains("](\(page.dropFirst(5)))"), "\(page)")
    }
  }

  @Test("Every page that sources, tests, scripts and configurations name exists")
  func mentioned() throws {
    var found = 0
    let names = [
      "Sources", "Tests", "launch", "configs", "Benchmarks", "Examples", "README.md", "docs",
    ]
    for name in names + ["CONTRIBUTING.md", "CHANGELOG.md"] {
      for path in try Self.files(below: name) {
        let file = Self.package.appending(path: path)
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
        for mention in text.matches(of: /docs\/[\w\/-]+\.md/) {
          found += 1
          let isThere = FileManager.default.fileExists(
            atPath: Self.package.appending(path: String(mention.output)).path)
          #expect(isThere, "\(path): \(mention.output)")
        }
      }
    }
    #expect(found > 20)
  }

  /// The pages whose links are followed.
  private static func pages() throws -> [String] {
    try [
      "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Benchmarks/README.md", "Examples/README.md",
    ]
      + files(below: "docs").filter { $0.hasSuffix(".md") }
  }

  /// The files below a folder of the package, or the file of that name.
  private static func files(below name: String) throws -> [String] {
    if name.hasSuffix(".md") { return [name] }
    let path = package.appending(path: name).path
    let all = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    return all.sorted().map { "\(name)/\($0)" }
  }

  /// A page without its blocks and spans of code.
  private static func prose(of file: URL) throws -> String {
    try String(contentsOf: file, encoding: .utf8)
      .replacing(/(?s)\n *```.*?\n *```/, with: "").replacing(/`[^`\n]*`/, with: "")
  }

  /// The anchors that GitHub gives to the headings of a page.
  private static func anchors(of file: URL) throws -> Set<String> {
    let text = try String(contentsOf: file, encoding: .utf8)
      .replacing(/(?s)\n *```.*?\n *```/, with: "")
    var anchors: Set<String> = []
    for heading in text.matches(of: /(?:^|\n)#+ ([^\n]+)/) {
      let kept = heading.1.lowercased().filter {
        $0.isLetter || $0.isNumber || " -_".contains($0)
      }
      anchors.insert(kept.replacing(" ", with: "-"))
    }
    return anchors
  }
}
