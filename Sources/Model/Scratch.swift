/// The matrices that a chunk of samples works in, used anew by each block.
///
/// Generic over what stands for a matrix of floats and for one of operands of products: its place
/// in an arena's layout, or the matrix itself.
struct Scratch<Floats: Sendable, Operands: Sendable>: Sendable {
  var patches: Floats
  var statistics: Floats
  var gateStatistics: Floats
  var branch: Floats
  var dNormalized: Floats
  var headNormalized: Floats
  var normalized: Operands
  var activated: Operands
  var gateInput: Operands
  var gated: Operands
  var dGated: Operands
  var dBranch: Operands

  /// The same matrices, each replaced by what a transformation makes of it.
  func map<OtherFloats, OtherOperands>(
    floats: (Floats) -> OtherFloats, operands: (Operands) -> OtherOperands
  ) -> Scratch<OtherFloats, OtherOperands> {
    Scratch<OtherFloats, OtherOperands>(
      patches: floats(patches), statistics: floats(statistics),
      gateStatistics: floats(gateStatistics), branch: floats(branch),
      dNormalized: floats(dNormalized), headNormalized: floats(headNormalized),
      normalized: operands(normalized), activated: operands(activated),
      gateInput: operands(gateInput), gated: operands(gated), dGated: operands(dGated),
      dBranch: operands(dBranch))
  }
}
