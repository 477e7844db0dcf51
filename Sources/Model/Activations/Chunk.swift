import Kernels
import Profiling

/// Samples of a pass that go through a layer together, with the matrices that it has for them.
struct Chunk<Element: Numeral> {
  /// What they are a part of.
  let pass: Pass<Element>

  /// The samples' numbers in the pass.
  let samples: Range<Int>

  /// The rows of a reserved matrix that are these samples'.
  subscript(slot: FloatSlot) -> Matrix<Float> {
    pass.workspace[slot, pass.place].rows(rows(slot.slot))
  }

  /// The rows of a reserved matrix that are these samples'.
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

  /// The same as operands of products.
  var operands: Buffer<Element> { pass.operands }

  /// The flat gradient, to which layers add; frozen tensors have none.
  var gradient: FloatBuffer { pass.gradient }

  /// This worker's matrix products.
  var multiplier: MatrixMultiplier { pass.workspace.multiplier }

  /// From now on the worker's time belongs to `kernel`.
  func enter(_ kernel: Kernel) {
    pass.enter(kernel)
  }

  /// Does what belongs to `kernel` in the middle of `other`.
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
