import Kernels
import Profiling

/// The activations of one worker: laid out once and used for every micro-batch.
final class Workspace<Element: Numeral>: Sendable {
  let layout: ArenaLayout
  let floats: FloatBuffer
  let operands: Buffer<Element>
  let multiplier: MatrixMultiplier
  let clock: PhaseClock?

  init(_ layout: ArenaLayout, clock: PhaseClock? = nil) {
    self.layout = layout
    self.clock = clock
    multiplier = MatrixMultiplier(layout.products)
    floats = FloatBuffer(count: layout.floats.count)
    operands = Buffer(count: layout.operands.count)
  }

  /// The samples that go through a layer together.
  var chunkSize: Int { layout.chunkSize }

  /// The matrix of floats that `slot` reserved for the sub-batch at `index`, with all its rows.
  subscript(slot: FloatSlot, index: Int) -> Matrix<Float> {
    let place = layout.floats.place(of: slot.slot, at: index)
    return Matrix(floats, at: place.offset, rows: place.rows, columns: place.columns)
  }

  /// The matrix of operands that `slot` reserved for the sub-batch at `index`, with all its rows.
  subscript(slot: OperandSlot, index: Int) -> Matrix<Element> {
    let place = layout.operands.place(of: slot.slot, at: index)
    return Matrix(operands, at: place.offset, rows: place.rows, columns: place.columns)
  }
}
