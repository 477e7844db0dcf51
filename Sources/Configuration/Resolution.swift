package import Kernels
public import Model
import Platform
package import TOMLKit

/// What `train.precision` says: a precision, or that the processor decides.
///
/// `auto` is settled where it is read. What is written and compared is the precision that it came to.
public struct PrecisionChoice: Sendable, Equatable {
  /// What is computed with.
  public var precision: Precision
  /// Whether the processor has decided.
  public var isAutomatic: Bool

  /// The given precision.
  public init(_ precision: Precision) {
    (self.precision, isAutomatic) = (precision, false)
  }

  /// What the processor multiplies faster.
  public static var automatic: PrecisionChoice {
    var choice = PrecisionChoice(BFloat16Speed.here == .faster ? .bf16 : .fp32)
    choice.isAutomatic = true
    return choice
  }
}

extension PrecisionChoice: SettingValue {
  private static let automaticName = "auto"

  package static var kind: String {
    "one of "
      + (Precision.allCases.map(\.rawValue) + [automaticName]).map(\.toml).joined(separator: ", ")
  }

  package var toml: String { precision.rawValue.toml }

  package init?(toml value: any TOMLValueConvertible) {
    guard let name = String(toml: value) else { return nil }
    if name == Self.automaticName {
      self = .automatic
    } else if let precision = Precision(rawValue: name) {
      self.init(precision)
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

  /// What `auto` means for `precision` here.
  package static func best(for precision: Precision) -> ProductChoice {
    precision == .bf16 && BFloat16Speed.here == .faster ? .onednn : .portable
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
  /// - Parameter recorded: the configuration of the checkpoint to resume from, whose decisions are kept.
  /// - Returns: a configuration without "auto".
  package func resolved(as recorded: TrainingConfiguration? = nil) -> TrainingConfiguration {
    var result = self
    if train.precisionChoice.isAutomatic, let recorded {
      result.train.precision = recorded.train.precision
    }
    if train.products == .auto {
      let chosen = recorded?.train.products ?? .auto
      result.train.products = chosen == .auto ? .best(for: result.train.precision) : chosen
    }
    if result.train.precision == .bf16 && !result.train.products.library.multiplies(BFloat16.self) {
      result.train.precision = .fp32
    }
    return result
  }

  /// Whether this, resolved, has the precision that `asked` wants, or that was recorded where it left that open.
  package func hasPrecision(of asked: TrainingConfiguration, or recorded: TrainingConfiguration?)
    -> Bool
  {
    let isOpen = asked.train.precisionChoice.isAutomatic
    return train.precision == (isOpen ? recorded : nil)?.train.precision ?? asked.train.precision
  }

  /// The warning printed if ``resolved(as:)`` changes the precision.
  package static let precisionWarning = """
    train.precision = "bf16" is computed in fp32: this processor has no instructions by which oneDNN \
    multiplies bf16; train.products = "portable" needs none
    """

  /// Whether it is oneDNN that multiplies bf16, for whose speed the processor counts.
  package var wantsBFloat16OfOneDNN: Bool { train.precision == .bf16 && train.products == .onednn }

  /// The network, with the products and the frozen tensors that this configuration names.
  package func makeModel() throws(ModelError) -> Model {
    try Model(
      model, precision: train.precision, products: train.products.library,
      freezing: optimizer.freezes)
  }
}
