package import Kernels
public import Model
import Platform
package import TOMLKit

/// What `train.precision` says: a precision, or that products and processor decide.
///
/// A run begins with a precision: see ``TrainingConfiguration/resolved(as:_:)``.
public enum PrecisionChoice: Sendable, Equatable {
  /// What is multiplied faster.
  case automatic
  /// The given precision.
  case exactly(Precision)
}

extension PrecisionChoice: SettingValue {
  private static let automaticName = "auto"

  package static var kind: String {
    "one of "
      + (Precision.allCases.map(\.rawValue) + [automaticName]).map(\.toml).joined(separator: ", ")
  }

  package var toml: String {
    switch self {
    case .automatic: Self.automaticName.toml
    case .exactly(let precision): precision.rawValue.toml
    }
  }

  package init?(toml value: any TOMLValueConvertible) {
    guard let name = String(toml: value) else { return nil }
    if name == Self.automaticName {
      self = .automatic
    } else if let precision = Precision(rawValue: name) {
      self = .exactly(precision)
    } else {
      return nil
    }
  }
}

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

  /// What `auto` means for `precision` where oneDNN multiplies bf16 at such a speed.
  package static func best(for precision: Precision, _ speed: BFloat16Speed) -> ProductChoice {
    precision == .bf16 && speed == .faster ? .onednn : .portable
  }

  /// What a run of 0.1.0, which had no such choice, multiplied with, by its description of the BLAS library.
  package static func ofFirstRelease(blas: String) -> ProductChoice {
    blas.contains("no oneDNN") ? .openblas : .onednn
  }
}

extension Precision {
  /// What `auto` means with `products` where oneDNN multiplies bf16 at such a speed.
  ///
  /// Portable products and OpenBLAS widen bf16, which costs time, on every processor.
  package static func best(with products: ProductChoice, _ speed: BFloat16Speed) -> Precision {
    switch products {
    case .portable, .openblas: .fp32
    case .auto, .onednn: speed == .faster ? .bf16 : .fp32
    }
  }
}

/// How fast oneDNN multiplies bf16 here, beside fp32.
package enum BFloat16Speed: Sendable, Codable {
  /// Not at all: by instructions that this processor, or this build, does not have.
  case none
  /// At about half the rate.
  case slower
  /// At twice the rate, or more.
  case faster
}

extension BFloat16Speed {
  /// By a table, not a measurement: all ranks on one type of processor have to come to the same.
  ///
  /// - Note: Source: measured on Zen 5 and Emerald Rapids, see docs/performance.md.
  package init(hasInstructions: Bool, hasTiles: Bool, isAMD: Bool) {
    self = if !hasInstructions { .none } else { hasTiles || isAMD ? .faster : .slower }
  }

  /// On this processor.
  package static var here: BFloat16Speed {
    BFloat16Speed(
      hasInstructions: BFloat16.isFast, hasTiles: BFloat16.hasTiles, isAMD: BuildTarget.isOnAMD)
  }
}

extension TrainingConfiguration {
  /// The same configuration with all decided that it leaves to this build and this processor.
  ///
  /// In fp32 where the products that it names do not multiply bf16 here.
  ///
  /// - Parameters:
  ///   - recorded: the configuration of the checkpoint to resume from, whose decisions are kept.
  ///   - speed: how fast oneDNN multiplies bf16.
  /// - Returns: a configuration without "auto".
  package func resolved(
    as recorded: TrainingConfiguration? = nil, _ speed: BFloat16Speed = .here
  ) -> TrainingConfiguration {
    var result = self
    if train.precisionChoice == .automatic {
      let chosen = recorded?.train.precisionChoice ?? .automatic
      result.train.precisionChoice =
        chosen == .automatic ? .exactly(.best(with: train.products, speed)) : chosen
    }
    if train.products == .auto {
      let chosen = recorded?.train.products ?? .auto
      result.train.products = chosen == .auto ? .best(for: result.train.precision, speed) : chosen
    }
    if result.train.precision == .bf16 && !result.train.products.library.multiplies(BFloat16.self) {
      result.train.precision = .fp32
    }
    return result
  }

  /// Whether this, resolved, has the precision that `asked` wants, or that was recorded where it left that open.
  package func hasPrecision(
    of asked: TrainingConfiguration, or recorded: TrainingConfiguration? = nil
  ) -> Bool {
    let isOpen = asked.train.precisionChoice == .automatic
    guard let wanted = isOpen ? recorded : asked else { return true }
    return train.precision == wanted.train.precision
  }

  /// The warning printed if ``resolved(as:_:)`` changes the precision.
  package static let precisionWarning = """
    train.precision = "bf16" is computed in fp32: this processor has no instructions by which oneDNN \
    multiplies bf16; train.products = "portable" needs none
    """

  /// What multiplies bf16; nil in fp32.
  package var bfloat16Products: ProductLibrary? {
    train.precision == .bf16 ? train.products.library : nil
  }

  /// The network, with the products and the frozen tensors that this configuration names.
  package func makeModel() throws(ModelError) -> Model {
    try Model(
      model, precision: train.precision, products: train.products.library,
      freezing: optimizer.freezes)
  }
}
