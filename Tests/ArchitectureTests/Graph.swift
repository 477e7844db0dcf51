/// Who knows whom: targets, or folders of a target.
struct Graph {
  private(set) var edges: [String: Set<String>] = [:]

  /// Takes note that `from` knows `to`.
  mutating func connect(_ from: String, to: String) {
    if from != to { edges[from, default: []].insert(to) }
  }

  /// A circle, as "a → b → a"; nil if there is none.
  var circle: String? {
    var finished: Set<String> = []
    var path: [String] = []
    func visit(_ node: String) -> String? {
      if let start = path.firstIndex(of: node) {
        return (path[start...] + [node]).joined(separator: " → ")
      }
      if finished.contains(node) { return nil }
      path.append(node)
      defer { path.removeLast() }
      for next in edges[node, default: []].sorted() {
        if let found = visit(next) { return found }
      }
      finished.insert(node)
      return nil
    }
    for node in edges.keys.sorted() {
      if let found = visit(node) { return found }
    }
    return nil
  }

  /// All that `node` knows, directly or through others.
  func reach(of node: String) -> Set<String> {
    var found: Set<String> = []
    var next = [node]
    while let node = next.popLast() {
      for neighbour in edges[node, default: []] where found.insert(neighbour).inserted {
        next.append(neighbour)
      }
    }
    return found
  }
}
