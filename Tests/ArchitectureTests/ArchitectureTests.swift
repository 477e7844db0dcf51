import Foundation
import Testing

@Suite("Architecture")
struct ArchitectureTests {
  private static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  /// Read once for all tests.
  private static let read = Result {
    (files: try SourceFile.all(in: package), manifest: try Manifest(of: package))
  }

  private let files: [SourceFile]
  private let manifest: Manifest

  init() throws {
    (files, manifest) = try Self.read.get()
  }

  @Test("Every target of the manifest is there, and what it imports stands in the manifest")
  func imports() {
    let targets = Set(files.map(\.target))
    #expect(targets.isSubset(of: manifest.dependencies.keys))
    for file in files {
      let own = file.imports.intersection(manifest.dependencies.keys)
      let allowed = manifest.dependencies[file.target, default: []]
      #expect(
        own.isSubset(of: allowed), "\(file.target)/\(file.folder): \(own.subtracting(allowed))")
    }
  }

  @Test(
    "Targets do not know each other in circles, and nothing below the command knows its clients")
  func targets() {
    #expect(manifest.graph.circle == nil)
    let clients: Set = ["Doctor", "Benchmarking", "Inspection", "Torture", "gmlp-train"]
    let floors: [(target: String, above: Set<String>)] = [
      ("Train", clients),
      ("Supervision", clients.union(["Train", "Reduction"])),
      ("Reduction", clients.union(["Train", "Supervision", "Faults", "Configuration"])),
      ("Faults", clients.union(["Train", "Supervision"])),
      ("Configuration", clients.union(["Train", "Supervision", "Faults", "Comm"])),
      ("Model", clients.union(["Train", "Comm", "Datasets", "Configuration"])),
      ("Datasets", clients.union(["Train", "Comm", "Model", "Configuration"])),
      ("Checkpoints", clients.union(["Train", "Comm", "Model", "Datasets", "Configuration"])),
    ]
    for floor in floors {
      let upwards = manifest.graph.reach(of: floor.target).intersection(floor.above)
      #expect(upwards.isEmpty, "\(floor.target) knows \(upwards)")
    }
  }

  @Test(
    "The folders of a target do not know each other in circles",
    arguments: ["Train", "Doctor", "Benchmarking", "Inspection", "Torture"])
  func folders(target: String) {
    let own = files.filter { $0.target == target }
    var home: [String: String] = [:]
    for file in own {
      for type in file.types { home[type] = file.folder }
    }
    var graph = Graph()
    for file in own {
      for name in file.mentions {
        if let folder = home[name] { graph.connect(file.folder, to: folder) }
      }
    }
    #expect(graph.circle == nil)
  }

  @Test("docs/architecture.md draws the targets as the manifest has them")
  func diagram() throws {
    let page = try String(
      contentsOf: Self.package.appending(path: "docs/architecture.md"), encoding: .utf8)
    var drawn: [String: Set<String>] = [:]
    for arrow in page.matches(of: #/^  ([\w-]+) --> (.+)$/#.anchorsMatchLineEndings()) {
      drawn[String(arrow.1)] = Set(arrow.2.split(separator: " & ").map(String.init))
    }
    #expect(drawn == Diagram(manifest).arrows)
  }
}

/// The arrows that the diagram has: each target to those that it reaches by no other.
struct Diagram {
  let arrows: [String: Set<String>]

  init(_ manifest: Manifest) {
    let graph = manifest.graph
    let direct = manifest.dependencies.filter {
      !$0.key.hasPrefix("C") || $0.key.dropFirst().first?.isLowercase == true
    }
    var arrows: [String: Set<String>] = [:]
    for (target, others) in direct {
      let swift = others.filter { direct[$0] != nil }
      let indirect = swift.reduce(into: Set<String>()) { $0.formUnion(graph.reach(of: $1)) }
      let drawn = swift.subtracting(indirect)
      if !drawn.isEmpty { arrows[target] = drawn }
    }
    self.arrows = arrows
  }
}
