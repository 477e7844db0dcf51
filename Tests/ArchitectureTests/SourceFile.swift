import Foundation

/// A Swift file of `Sources`, as far as its place in the architecture goes.
struct SourceFile {
  /// Its path below `Sources`.
  let path: String
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
  /// What else it declares that other files can see: functions, and members of extensions; see ``Member``.
  let members: Set<String>
  /// Names of everything that it declares, also where nobody else sees it.
  let names: [String]
  /// The members of any file that its code uses, in the form of ``members``.
  let uses: Set<String>
  /// Its code, without comments and texts.
  let code: String

  /// Reads the file at `path`, relative to `Sources`.
  init(_ path: String, in sources: URL) throws {
    let parts = path.split(separator: "/").map(String.init)
    self.init(
      target: parts[0], folder: parts[1..<(parts.count - 1)].joined(separator: "/"),
      text: try String(contentsOf: sources.appending(path: path), encoding: .utf8), path: path)
  }

  /// A file with this text.
  init(target: String, folder: String, text: String, path: String = "") {
    self.path = path
    self.target = target
    self.folder = folder
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
    // The default boundaries, those of Unicode, see one word in "a.b".
    let mention = #/\b[A-Z]\w+/#.wordBoundaryKind(.simple)
    mentions = Set(code.matches(of: mention).map { String($0.0) })
    members = Member.declared(in: code)
    names = Member.allNames(in: code)
    uses = Member.used(in: code)
    self.code = code
  }

  /// All Swift files of the package's sources.
  static func all(in package: URL) throws -> [SourceFile] {
    let sources = package.appending(path: "Sources")
    let paths = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String }
    return try (paths ?? []).filter { $0.hasSuffix(".swift") }.sorted()
      .map { try SourceFile($0, in: sources) }
  }

  /// Which folders of a target use what others of it declare, given the files of all targets.
  ///
  /// A member counts where the package has no other of its name: then whoever says it means it.
  static func folders(of target: String, in all: [SourceFile]) -> Graph {
    let files = all.filter { $0.target == target }
    var home: [String: String] = [:]
    for file in files {
      for type in file.types { home[type] = file.folder }
    }
    let declarations = all.reduce(into: [String: Int]()) { count, file in
      for name in file.names { count[name, default: 0] += 1 }
    }
    var memberHome: [String: String] = [:]
    for file in files {
      for member in file.members where declarations[Member.name(of: member)] == 1 {
        memberHome[member] = file.folder
      }
    }
    var graph = Graph()
    for file in files {
      for name in file.mentions {
        if let folder = home[name] { graph.connect(file.folder, to: folder) }
      }
      for use in file.uses {
        if let folder = memberHome[use] { graph.connect(file.folder, to: folder) }
      }
    }
    return graph
  }
}
