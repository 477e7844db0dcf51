/// The word among `candidates` that takes the fewest changes of a character to become `word`.
///
/// The first of equally near ones counts; `candidates` is not empty.
public func nearest(to word: String, in candidates: [String]) -> String {
  precondition(!candidates.isEmpty, "no candidates for \(word)")
  let distances = candidates.map { editDistance($0, word) }
  let best = candidates.indices.min { distances[$0] < distances[$1] } ?? 0
  return candidates[best]
}

/// The fewest insertions, deletions and replacements of a character that make `a` into `b`.
private func editDistance(_ a: String, _ b: String) -> Int {
  let target = Array(b)
  var distances = Array(0...target.count)
  for (row, character) in a.enumerated() {
    var diagonal = distances[0]
    distances[0] = row + 1
    for column in target.indices {
      let replaced = diagonal + (target[column] == character ? 0 : 1)
      diagonal = distances[column + 1]
      distances[column + 1] = min(replaced, diagonal + 1, distances[column] + 1)
    }
  }
  return distances[target.count]
}
