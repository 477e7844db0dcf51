package import Kernels
package import Model

/// What multiplies matrices, as a configuration names it.
public enum ProductChoice: String, Sendable, CaseIterable {
  /// What is best for the precision on this processor.
  case auto
  /// Our own products, with the same bits on every processor.
  case portable
  /// OpenBLAS.
  case openblas
  /// oneDNN, and OpenBLAS where that is quicker.
  case onednn
}

extension ProductChoice {
  /// The library; portable products where the choice was never made, as for a look at a configuration.
  package var library: ProductLibrary {
    switch self {
    case .auto, .portable: .portable
    case .openblas: .openblas
    case .onednn: .onednn
    }
  }

  /// What `auto` means for `precision` here.
  package static func best(for precision: Precision) -> ProductChoice {
    precision == .bf16 && BFloat16Speed.here == .faster ? .onednn : .portable
  }
}
