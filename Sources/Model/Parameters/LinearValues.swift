/// The initial values of the linear layers of a branch.
struct LinearValues: Sendable {
  /// The values of W, given its numbers of inputs and outputs.
  let weight: @Sendable (_ inputs: Int, _ outputs: Int) -> InitialValues

  /// The values of b.
  let bias: InitialValues

  /// Xavier's W and a b near zero, as in timm's MLPs.
  static let xavier = LinearValues(
    weight: InitialValues.xavierUniform, bias: .normal(deviation: 1e-6))

  /// As in BERT, for all sizes.
  static let bert = LinearValues(
    weight: { _, _ in .truncatedNormal(deviation: 0.02) }, bias: .constant(0))

  /// The same values times `factor`.
  func scaled(by factor: Double) -> LinearValues {
    LinearValues(
      weight: { weight($0, $1).scaled(by: factor) }, bias: bias.scaled(by: factor))
  }
}
