import Kernels
import Profiling

/// The wide layer that a branch begins with: `GELU(x·Wᵀ + b)`.
///
/// It keeps the pre-activation (S·N, F), from which backward recomputes the activation.
struct Expansion: Sendable {
  let linear: Linear
  private let preactivation: OperandSlot
  private let activated: OperandSlot
  private let dBias: GradientSlot

  /// The layer whose tensors are `name.weight` and `name.bias`; `rows` of each sample go through it.
  init(_ name: String, rows: Int, _ layout: ParameterLayout, _ plan: inout ActivationPlan) {
    linear = Linear(name, layout)
    let width = linear.weight.shape[0]
    preactivation = plan.operands(rows: rows, columns: width, .subBatch)
    activated = plan.operands(rows: rows, columns: width, .chunk)
    dBias = GradientSlot(linear.bias, &plan)
  }

  /// From `input` (C·N, D) to the activation (C·N, F).
  func forward<Element>(
    _ input: Matrix<Element>, _ chunk: Chunk<Element>
  ) throws(ModelError) -> Matrix<Element> {
    let (preactivation, activated) = (chunk[preactivation], chunk[activated])
    let bias = chunk.weights.matrix(linear.bias)
    linear.product(input, into: preactivation, chunk) { rows, columns in
      chunk.during(.gelu, of: .linear) {
        geluForward(
          preactivation[rows, columns], bias: bias.columns(columns), into: activated[rows, columns])
      }
    }
    try chunk.check(preactivation, linear.name, "activation")
    return activated
  }

  /// The activation that forward returned.
  ///
  /// Overwrite it with its gradient before ``backward(input:into:_:)``.
  func recompute<Element>(_ chunk: Chunk<Element>) -> Matrix<Element> {
    chunk.enter(.gelu)
    // From here on the pre-activation is the derivative of GELU, and then its own gradient.
    geluForward(
      replacingByDerivative: chunk[preactivation], bias: chunk.weights.matrix(linear.bias),
      into: chunk[activated])
    return chunk[activated]
  }

  /// From the gradient in the activation's place to that of the input, `dInput` (C·N, D), if it is wanted.
  func backward<Element>(
    input: Matrix<Element>, into dInput: Matrix<Float>?, _ chunk: Chunk<Element>
  ) throws(ModelError) {
    let (dActivated, derivative) = (chunk[activated], chunk[preactivation])
    let dBias = chunk[dBias]
    if let dInput {
      linear.inputBackward(derivative, weights: chunk.operands, into: dInput, chunk) {
        rows, columns in
        chunk.during(.gelu, of: .linear) {
          geluBackward(
            dActivated[rows, columns], derivative: derivative[rows, columns],
            dBias: dBias.columns(columns))
        }
      }
    } else {
      chunk.enter(.gelu)
      geluBackward(dActivated, derivative: derivative, dBias: dBias)
    }
    linear.weightBackward(derivative, input: input, chunk)
    try chunk.check(derivative, linear.name, "gradient")
  }
}
