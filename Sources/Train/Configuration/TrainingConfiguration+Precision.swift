internal import Kernels
internal import Model

extension TrainingConfiguration {
  /// The same configuration in fp32 where this build or this processor is not fast in bf16.
  var onThisProcessor: TrainingConfiguration {
    var result = self
    if train.precision == .bf16 && !BFloat16.isFast { result.train.precision = .fp32 }
    return result
  }

  /// What people are told where ``onThisProcessor`` is another configuration.
  static let precisionWarning = """
    train.precision = "bf16" is computed in fp32: this processor has no instructions for bf16, \
    or the program was built without oneDNN
    """
}
