import Kernels
import Profiling

/// Samples of a pass that go through a layer together, with the matrices that the layer has for them.
struct Chunk<Element: Numeral> {
  /// The pass that they are a part of.
  let pass: Pass<Element>

  /// The indices of the samples in the pass.
  let samples: Range<Int>

  /// The rows of a reserved matrix that belong to these samples.
  subscript(slot: FloatSlot) -> Matrix<Float> {
    pass.workspace[slot, pass.place].rows(rows(slot.slot))
  }

  /// The rows of a reserved matrix that belong to these samples.
  subscript(slot: OperandSlot) -> Matrix<Element> {
    pass.workspace[slot, pass.place].rows(rows(slot.slot))
  }

  /// What the gradient of a vector is added to.
  subscript(slot: GradientSlot) -> Matrix<Float> {
    slot.unread.map { self[$0] } ?? gradient.matrix(slot.parameter)
  }

  private func rows(_ slot: Slot) -> Range<Int> {
    switch slot.extent {
    case .subBatch: (samples.lowerBound * slot.rows)..<(samples.upperBound * slot.rows)
    case .chunk: 0..<(samples.count * slot.rows)
    case .layer: 0..<slot.rows
    }
  }

  /// The flat weights.
  var weights: FloatBuffer { pass.weights }

  /// The weights as operands of products.
  var operands: Buffer<Element> { pass.operands }

  /// The flat gradient, to which layers add; frozen tensors have none.
  var gradient: FloatBuffer { pass.gradient }

  /// This worker's matrix products.
  var multiplier: MatrixMultiplier { pass.workspace.multiplier }

  /// Charges the worker's time to `kernel` from now on.
  func enter(_ kernel: Kernel) {
    pass.enter(kernel)
  }

  /// Charges `body` to `kernel`, and what follows to `other` again.
  func during(_ kernel: Kernel, of other: Kernel, _ body: () -> Void) {
    enter(kernel)
    body()
    enter(other)
  }

  /// In a debugging pass, throws if an element of `matrix` is not finite.
  func check<Checked: Numeral>(
    _ matrix: Matrix<Checked>, _ layer: @autoclosure () -> String, _ quantity: String
  ) throws(ModelError) {
    try pass.check(matrix, layer(), quantity)
  }
}

extension Matrix {
  /// The rows of each sample, where every sample has `count` of them.
  func samples(of count: Int) -> [Range<Int>] {
    (0..<(rows / count)).map { ($0 * count)..<(($0 + 1) * count) }
  }
}
