import Kernels
import Profiling

/// The activations of one worker: laid out once and used for every micro-batch.
final class Workspace<Element: Numeral>: Sendable {
  let layout: ArenaLayout
  let floats: FloatBuffer
  let operands: Buffer<Element>
  let multiplier = MatrixMultiplier()
  let clock: PhaseClock?

  init(_ layout: ArenaLayout, clock: PhaseClock? = nil) {
    self.layout = layout
    self.clock = clock
    floats = FloatBuffer(count: layout.floats.count)
    operands = Buffer(count: layout.operands.count)
  }

  /// The samples that go through a layer together.
  var chunkSize: Int { layout.chunkSize }

  /// The matrix of floats at `place`.
  func floats(_ place: ArenaLayout.Place) -> Matrix<Float> {
    Matrix(floats, at: place.offset, rows: place.rows, columns: place.columns)
  }

  /// The matrix of operands at `place`.
  func operands(_ place: ArenaLayout.Place) -> Matrix<Element> {
    Matrix(operands, at: place.offset, rows: place.rows, columns: place.columns)
  }

  /// The first rows of the scratch matrices.
  func scratch(rows: Int) -> Scratch<Matrix<Float>, Matrix<Element>> {
    layout.scratch.map(
      floats: { self.floats($0).rows(0..<rows) }, operands: { self.operands($0).rows(0..<rows) })
  }
}
