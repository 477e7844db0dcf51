import Kernels
package import Model

extension TrainingConfiguration {
  /// The same configuration with all decided that it leaves to this build and this processor.
  ///
  /// In fp32 where the products that it names do not multiply bf16 here.
  ///
  /// - Parameter recorded: that of the checkpoint from which a run goes on, whose decisions stay.
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

  /// What people are told where ``resolved(as:)`` has another precision.
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
