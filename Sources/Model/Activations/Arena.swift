public import Kernels
import Profiling

/// The memory for one worker's activations, in the model's precision.
///
/// Nothing in it outlives a call of the model, and no result depends on what it held before.
public final class Arena: Sendable {
  enum Storage {
    case fp32(Workspace<Float>)
    case bf16(Workspace<BFloat16>)
  }

  /// The number of samples whose activations are kept at once.
  public let subBatchSize: Int

  /// Its size in bytes.
  public let bytes: Int

  let layout: ArenaLayout
  let storage: Storage

  /// Divides the worker's time among kernels; nil if that is not measured.
  let clock: PhaseClock?

  init(_ layout: ArenaLayout, clock: PhaseClock?) {
    self.layout = layout
    self.clock = clock
    subBatchSize = layout.subBatchSize
    bytes = layout.bytes
    storage =
      switch layout.precision {
      case .fp32: .fp32(Workspace(layout, clock: clock))
      case .bf16: .bf16(Workspace(layout, clock: clock))
      }
  }

  /// Lets `helpers` multiply along with the worker from now on, which changes no bit of portable products.
  ///
  /// - Precondition: as in `MatrixMultiplier.share(with:)`.
  public func share(with helpers: [ProductHelper]) {
    switch storage {
    case .fp32(let workspace): workspace.multiplier.share(with: helpers)
    case .bf16(let workspace): workspace.multiplier.share(with: helpers)
    }
  }
}

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

  /// The number of samples that go through a layer together.
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
