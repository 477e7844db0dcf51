import Foundation
import Testing

@Suite("Architecture")
struct ArchitectureTests {
  private static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  /// Read once for all tests.
  static let read = Result {
    (files: try SourceFile.all(in: package), manifest: try Manifest(of: package))
  }

  private let files: [SourceFile]
  private let manifest: Manifest

  init() throws {
    (files, manifest) = try Self.read.get()
  }

  @Test("Every target is in the manifest, and it imports nothing that the manifest does not list")
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
    "Targets depend on each other without circles, and never on their clients")
  func targets() {
    #expect(manifest.graph.circle == nil)
    let clients: Set = [
      "Doctor", "Benchmarking", "Inspection", "Scaling", "Torture", "gmlp-train",
    ]
    let floors: [(target: String, above: Set<String>)] = [
      ("Train", clients),
      ("Memory", clients.union(["Train"])),
      ("Saving", clients.union(["Train", "Memory", "Planning"])),
      ("Optimization", clients.union(["Train", "Memory", "Saving", "Planning", "Supervision"])),
      ("Planning", clients.union(["Train", "Memory", "Saving", "Optimization", "Supervision"])),
      ("Supervision", clients.union(["Train", "Reduction"])),
      ("Reduction", clients.union(["Train", "Supervision", "Faults", "Configuration"])),
      ("Transfer", clients.union(["Train", "Reporting", "Supervision", "Reduction", "Comm"])),
      ("Exports", clients.union(["Train", "Saving", "Supervision", "Reduction", "Comm"])),
      ("Reporting", clients.union(["Train", "Supervision", "Configuration", "Comm"])),
      ("Faults", clients.union(["Train", "Supervision"])),
      ("Configuration", clients.union(["Train", "Supervision", "Faults", "Comm"])),
      ("Batches", clients.union(["Train", "Model", "Datasets", "Configuration"])),
      ("Model", clients.union(["Train", "Comm", "Datasets", "Configuration"])),
      ("Datasets", clients.union(["Train", "Comm", "Model", "Configuration"])),
      ("Scoring", clients.union(["Train", "Comm", "Model", "Datasets", "Configuration"])),
      ("Checkpoints", clients.union(["Train", "Comm", "Model", "Datasets", "Configuration"])),
    ]
    for floor in floors {
      let upwards = manifest.graph.reach(of: floor.target).intersection(floor.above)
      #expect(upwards.isEmpty, "\(floor.target) knows \(upwards)")
    }
  }

  @Test("Above Kernels only the choice of products and the doctor tell libraries apart")
  func products() {
    let asked = #/\bisPortable\b|\.(?:openblas|onednn)\b|(?:case|[!=]=) \.portable\b/#
    let knowing: Set = ["Kernels", "Configuration", "Doctor"]
    for file in files {
      guard let found = file.code.firstMatch(of: asked) else { continue }
      #expect(
        knowing.contains(file.target), "\(file.target)/\(file.folder) asks for \(found.0)")
    }
    #expect(files.contains { $0.target == "Kernels" && $0.code.contains(asked) })
  }

  /// The targets that have folders.
  private static let targetsWithFolders: [String] = {
    let files = (try? read.get().files) ?? []
    return Set(files.filter { !$0.folder.isEmpty }.map(\.target)).sorted()
  }()

  @Test("Folders use what the folders below them declare", arguments: targetsWithFolders)
  func folders(target: String) throws {
    let graph = SourceFile.folders(of: target, in: files)
    #expect(graph.circle == nil)
    let order = try folderOrder(of: target)
    let folders = Set(files.filter { $0.target == target }.map(\.folder))
    #expect(Set(order) == folders, "docs/architecture.md lists others for \(target)")
    for (place, folder) in order.enumerated() {
      let above = graph.edges[folder, default: []].subtracting(order[..<place])
      #expect(above.isEmpty, "\(target)/\(folder) uses \(above)")
    }
  }

  /// The folders of a target as docs/architecture.md lists them, lowest first; "" is the target's own.
  private func folderOrder(of target: String) throws -> [String] {
    let page = try String(
      contentsOf: Self.package.appending(path: "docs/architecture.md"), encoding: .utf8)
    let line = try #require(
      page.split(separator: "\n").first { $0.hasPrefix("| `\(target)` | ") && $0.contains(" → ") },
      "docs/architecture.md has no order of folders for \(target)")
    let names = line.split(separator: "|")[1].split(separator: "→")
    return names.map {
      let name = $0.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
      return name == target ? "" : name
    }
  }

  @Test(
    "Who uses a member of an extension, or a function, knows the folder that declares it",
    arguments: [
      ("extension Int {\n  func roundedUp(to unit: Int) -> Int { self }\n}", "5.roundedUp(to: 3)"),
      ("extension Plan {\n  package var notes: [Note] { [] }\n}", "for note in plan.notes {}"),
      ("extension Plan {\n  static func usual() -> Int { 1 }\n}", "Plan.usual()"),
      ("extension Plan {\n  init(_ a: Int, of size: Int) {\n  }\n}", "Plan(f(1, b: 2), of: 3)"),
      ("extension Plan {\n  enum Kind {\n    case new\n  }\n}", "let kind = Plan.Kind.new"),
      ("package func expand(_ paths: [String]) {}", "for path in expand(paths) {}"),
    ])
  func members(declaration: String, use: String) {
    func edges(_ declaration: String, _ use: String, _ other: String = "") -> [String: Set<String>]
    {
      let files = [("Upper", declaration), ("Lower", use), ("Other", other)]
        .map { SourceFile(target: "Any", folder: $0, text: $1) }
      return SourceFile.folders(of: "Any", in: files).edges
    }
    #expect(edges(declaration, use) == ["Lower": ["Upper"]])
    // Where two are of that name, nobody knows which is meant.
    #expect(edges(declaration, use, declaration).isEmpty)
    let hidden = declaration.replacing(
      #/(?:package )?(func|var|init|enum|static)/#, maxReplacements: 1
    ) {
      "private \($0.1)"
    }
    #expect(edges(hidden, use).isEmpty)
    #expect(edges(declaration, "f(roundedUp: 1, notes: 2, usual: 3, of: 4, expand: 5)").isEmpty)
  }

  @Test("Types with attributes, and types inside a condition, are found")
  func types() {
    let types = Dictionary(grouping: files, by: \.target).mapValues { files in
      files.reduce(into: Set<String>()) { $0.formUnion($1.types) }
    }
    #expect(types["Comm"]?.isSuperset(of: ["Communicator", "SharedMemory"]) == true)
    #expect(types["Kernels"]?.isSuperset(of: ["Buffer", "OneDNNMatmul"]) == true)
  }

  @Test("launch/test.sh knows every target whose tests start programs")
  func programTests() throws {
    let script = try String(
      contentsOf: Self.package.appending(path: "launch/test.sh"), encoding: .utf8)
    let filter = try #require(script.firstMatch(of: #/\nstarted='\^\(([\w|]+)\)Tests/#))
    #expect(Set(filter.1.split(separator: "|").map { "\($0)Tests" }) == manifest.programTests)
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
