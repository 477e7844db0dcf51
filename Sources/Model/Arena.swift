import Kernels

/// The activations of one worker: one buffer, laid out once and used for every micro-batch.
///
/// Nothing in it outlives a call of the model, and no result depends on what it held before.
public final class Arena: Sendable {
  /// The samples whose activations are kept at once.
  public let subBatchSize: Int

  /// The samples that go through a layer together.
  let chunkSize: Int

  let layout: ArenaLayout
  let buffer: FloatBuffer

  init(_ layout: ArenaLayout) {
    self.layout = layout
    subBatchSize = layout.subBatchSize
    chunkSize = layout.chunkSize
    buffer = FloatBuffer(count: layout.count)
  }

  /// The storage in bytes.
  public var bytes: Int { buffer.count * MemoryLayout<Float>.stride }

  /// The matrix at `place`.
  func matrix(_ place: ArenaLayout.Place) -> Matrix {
    Matrix(buffer, at: place.offset, rows: place.rows, columns: place.columns)
  }

  /// The first rows of the scratch matrices.
  func scratch(rows: Int) -> Scratch<Matrix> {
    layout.scratch.map { matrix($0).rows(0..<rows) }
  }
}
