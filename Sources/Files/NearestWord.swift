/// The word among `candidates` that takes the fewest slips to become `word`, if they are few enough.
///
/// Few is a third of the letters: more slips make another word of it. The first of equally near ones counts.
public func nearest(to word: String, in candidates: [String]) -> String? {
  precondition(!candidates.isEmpty, "no candidates for \(word)")
  let (letters, others) = (Array(word.lowercased()), candidates.map { Array($0.lowercased()) })
  let distances = others.map { editDistance($0, letters) }
  let best = candidates.indices.min { distances[$0] < distances[$1] } ?? 0
  if 3 * distances[best] <= min(letters.count, others[best].count) { return candidates[best] }
  // A word that was cut short.
  let longer = candidates.filter { $0.lowercased().hasPrefix(word.lowercased()) }
  return letters.count >= 3 && longer.count == 1 ? longer[0] : nil
}

/// The fewest insertions, deletions, replacements and swaps of neighbouring characters that make `a` into `b`.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var older: [Int] = []
  var before = Array(0...b.count)
  for row in a.indices {
    var now = [row + 1]
    for column in b.indices {
      let replaced = before[column] + (a[row] == b[column] ? 0 : 1)
      var least = min(replaced, before[column + 1] + 1, now[column] + 1)
      if row > 0 && column > 0 && a[row] == b[column - 1] && a[row - 1] == b[column] {
        least = min(least, older[column - 1] + 1)
      }
      now.append(least)
    }
    (older, before) = (before, now)
  }
  return before[b.count]
}
