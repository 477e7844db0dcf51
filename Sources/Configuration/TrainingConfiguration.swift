public import Datasets
import Digests
import Kernels
public import Model

/// All that decides a training run; a value, so that two runs can be compared.
///
/// The properties are named as the keys of the file; ``settings`` is the list of the keys with
/// their meaning. The defaults train a small gMLP on Fashion-MNIST.
public struct TrainingConfiguration: Sendable, Equatable {
  /// The seed of all random numbers.
  public var seed: UInt64 = 0
  /// Sizes of the network.
  public var model = ModelConfiguration()
  /// The samples.
  public var data = DataSettings()
  /// Lengths, batches, workers and intervals.
  public var train = TrainSettings()
  /// How gradients change weights.
  public var optimizer = OptimizerSettings()
  /// The learning rate over the steps.
  public var schedule = ScheduleSettings()
  /// What is done at random to training images.
  public var augment = Augmentation()
  /// What is written for other programs.
  public var log = LogSettings()

  /// The built-in defaults.
  public init() {}
}

extension TrainingConfiguration {
  /// The SHA-256 of all keys that decide the weights, in hexadecimal digits.
  ///
  /// Two runs with equal digests on equal data end with the same bits.
  public var identityDigest: String {
    let text = Self.settings.filter(decidesWeights)
      .map { "\($0.key) = \($0.value(in: self))\n" }.joined()
    var digest = SHA256()
    digest.update(Array(text.utf8).span)
    return digest.hexadecimal
  }

  /// The identity keys that differ, as "key: this value, that value".
  public func identityDifferences(from other: TrainingConfiguration) -> [String] {
    differences(from: other) { decidesWeights($0) || other.decidesWeights($0) }
  }

  /// Whether each gradient is one chain of additions, sample after sample, however a micro-batch is cut.
  ///
  /// So it is with portable products, unless layers share a tensor or make what they multiply with for some samples
  /// at a time.
  public var addsSampleBySample: Bool {
    train.products.library.continuesChains && !model.sharesTensors && !model.toeplitz
  }

  /// Whether another value of the key may change the bits of this configuration's weights.
  private func decidesWeights(_ setting: Setting) -> Bool {
    switch setting.role {
    case .identity: true
    case .changeable: false
    case .changeableIfPortable: !addsSampleBySample
    }
  }

  /// Those of the keys that `isCompared` names which differ, as "key: this value, that value".
  package func differences(
    from other: TrainingConfiguration, where isCompared: (Setting) -> Bool
  ) -> [String] {
    Self.settings.filter(isCompared).compactMap { setting in
      let (mine, theirs) = (setting.value(in: self), setting.value(in: other))
      return mine == theirs ? nil : "\(setting.key) is \(mine) here and \(theirs) there"
    }
  }
}
