import Foundation
import RunSupport
import Testing

/// `docs/metrics.md`: the fields that each heading documents.
struct MetricsPage {
  /// The fields by heading, such as "Event `step`" and "`doctor --json`".
  let fields: [String: Set<String>]

  init() throws {
    let text = try String(
      contentsOf: PackageFolder.url.appending(path: "docs/metrics.md"), encoding: .utf8)
    var fields: [String: Set<String>] = [:]
    var heading = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("#") {
        heading = String(line.drop { "# ".contains($0) })
      } else if line.hasPrefix("| `") {
        let cell = line.dropFirst(2).prefix { $0 != "|" }
        for field in cell.matches(of: /`([^`]+)`/) {
          let isNew = fields[heading, default: []].insert(String(field.1)).inserted
          #expect(isNew, "\(heading) documents \(field.1) twice")
        }
      }
    }
    self.fields = fields
  }

  /// Compares what was seen under `heading` with what it documents, in both directions.
  func expect(_ heading: String, _ objects: [Any]) {
    let documented = fields[heading] ?? []
    let seen = objects.reduce(into: Set<String>()) { $0.formUnion(Self.paths(of: $1, documented)) }
    let unknown = seen.subtracting(documented).sorted()
    #expect(unknown.isEmpty, "\(heading): the page does not have \(unknown)")
    let missing = documented.subtracting(seen).sorted()
    #expect(missing.isEmpty, "\(heading): nothing has written \(missing)")
  }

  /// The paths of all fields of `value`; an empty array or object has none.
  private static func paths(
    of value: Any, _ documented: Set<String>, below path: String = ""
  ) -> Set<String> {
    switch value {
    case let object as [String: Any]:
      if documented.contains("\(path).*") { return object.isEmpty ? [] : ["\(path).*"] }
      return object.reduce(into: []) { found, member in
        let name = path.isEmpty ? member.key : "\(path).\(member.key)"
        found.formUnion(paths(of: member.value, documented, below: name))
      }
    case let array as [Any]:
      return array.reduce(into: []) {
        $0.formUnion(paths(of: $1, documented, below: "\(path)[]"))
      }
    default: return [path]
    }
  }
}
