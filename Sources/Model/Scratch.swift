/// The matrices that a chunk of samples works in, used anew by each block.
///
/// Generic over what stands for a matrix: its place in an arena's layout, or the matrix itself.
struct Scratch<Element: Sendable>: Sendable {
  var patches: Element
  var normalized: Element
  var statistics: Element
  var gateStatistics: Element
  var activated: Element
  var gateInput: Element
  var gated: Element
  var dGated: Element
  var branch: Element
  var dNormalized: Element

  /// The same matrices, each replaced by `transform` of it.
  func map<Other: Sendable>(_ transform: (Element) -> Other) -> Scratch<Other> {
    Scratch<Other>(
      patches: transform(patches), normalized: transform(normalized),
      statistics: transform(statistics), gateStatistics: transform(gateStatistics),
      activated: transform(activated), gateInput: transform(gateInput), gated: transform(gated),
      dGated: transform(dGated), branch: transform(branch), dNormalized: transform(dNormalized))
  }
}
