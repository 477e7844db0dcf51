import Foundation

/// A Swift file of `Sources`, as far as its place in the architecture goes.
struct SourceFile {
  /// The target, the first folder below `Sources`.
  let target: String
  /// The folder inside of the target; empty for the target's own.
  let folder: String
  /// The package's targets and system modules that it imports.
  let imports: Set<String>
  /// Types that it declares at the top level and that other files can see.
  let types: Set<String>
  /// Names of types that its code mentions.
  let mentions: Set<String>
  /// Its code, without comments and texts.
  let code: String

  /// Reads the file at `path`, relative to `Sources`.
  init(_ path: String, in sources: URL) throws {
    let parts = path.split(separator: "/").map(String.init)
    target = parts[0]
    folder = parts[1..<(parts.count - 1)].joined(separator: "/")
    let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
    // What stands inside of one condition is indented.
    let flat = text.hasPrefix("#if ") ? text.replacing("\n  ", with: "\n") : text
    let code =
      flat
      .replacing(#/\/\/.*/#, with: "")
      .replacing(#/"(?:[^"\\\n]|\\[^(\n])*"/#, with: "\"\"")
    imports = Set(
      code.matches(of: #/^(?:\w+ )*import (\w+)/#.anchorsMatchLineEndings()).map { String($0.1) })
    let declaration =
      #/^(?:@\w+ )*(?:(?:public|package|final|indirect) )*(?:struct|class|enum|protocol|typealias|actor) (\w+)/#
    types = Set(code.matches(of: declaration.anchorsMatchLineEndings()).map { String($0.1) })
    self.code = code
    mentions = Set(code.matches(of: #/\b[A-Z]\w+/#).map { String($0.0) })
  }

  /// All Swift files of the package's sources.
  static func all(in package: URL) throws -> [SourceFile] {
    let sources = package.appending(path: "Sources")
    let paths = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String }
    return try (paths ?? []).filter { $0.hasSuffix(".swift") }.sorted()
      .map { try SourceFile($0, in: sources) }
  }

  /// Which folders of a target use what others declare, given all its files.
  static func folders(of files: [SourceFile]) -> Graph {
    var home: [String: String] = [:]
    for file in files {
      for type in file.types { home[type] = file.folder }
    }
    var graph = Graph()
    for file in files {
      for name in file.mentions {
        if let folder = home[name] { graph.connect(file.folder, to: folder) }
      }
    }
    return graph
  }
}
