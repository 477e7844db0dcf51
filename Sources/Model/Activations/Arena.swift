public import Kernels
import Profiling

/// What one worker computes in, in the model's precision.
///
/// Nothing in it outlives a call of the model, and no result depends on what it held before.
public final class Arena: Sendable {
  enum Storage {
    case fp32(Workspace<Float>)
    case bf16(Workspace<BFloat16>)
  }

  /// The samples whose activations are kept at once.
  public let subBatchSize: Int

  /// The storage in bytes.
  public let bytes: Int

  let layout: ArenaLayout
  let storage: Storage

  /// Divides the time of the worker; nil where nobody asks for it.
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

  /// Has `helpers` multiply with the worker from now on, which changes no bit of portable products.
  ///
  /// - Precondition: as in `MatrixMultiplier.share(with:)`.
  public func share(with helpers: [ProductHelper]) {
    switch storage {
    case .fp32(let workspace): workspace.multiplier.share(with: helpers)
    case .bf16(let workspace): workspace.multiplier.share(with: helpers)
    }
  }
}
