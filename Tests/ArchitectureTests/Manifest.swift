import Foundation

/// The targets of `Package.swift` with what they may import.
struct Manifest {
  /// The Swift targets below `Sources`, each with the package's targets that it depends on.
  let dependencies: [String: Set<String>]

  /// The test targets that start programs: those that depend on `RunSupport`.
  let programTests: Set<String>

  /// Reads the manifest of the package in `folder`.
  init(of folder: URL) throws {
    let text = try String(contentsOf: folder.appending(path: "Package.swift"), encoding: .utf8)
    // A target's block ends where the next one begins.
    let starts = text.ranges(of: #/^    \.\w*[tT]arget\(/#.anchorsMatchLineEndings())
    var all: [String: Set<String>] = [:]
    var programTests: Set<String> = []
    for (index, start) in starts.enumerated() {
      let end = index + 1 < starts.count ? starts[index + 1].lowerBound : text.endIndex
      let block = text[start.lowerBound..<end]
      guard let name = block.firstMatch(of: #/name: "([\w-]+)"/#) else { continue }
      if block.contains(".testTarget("), block.contains("\"RunSupport\"") {
        programTests.insert(String(name.1))
      }
      if block.contains(" path: \"") || block.contains(".testTarget(") { continue }
      let list = block.firstMatch(of: #/dependencies: \[([^\]]*)\]/#)?.1 ?? ""
      all[String(name.1)] = Set(list.matches(of: #/"(\w+)"/#).map { String($0.1) })
    }
    self.programTests = programTests
    let own = Set(all.keys)
    dependencies = all.mapValues { $0.intersection(own) }
  }

  /// The graph of the targets.
  var graph: Graph {
    var graph = Graph()
    for (target, others) in dependencies {
      for other in others { graph.connect(target, to: other) }
    }
    return graph
  }
}
