public import Randomness

/// A policy of operations on training pictures, as timm names it.
///
/// "original" and "v0" are lists of AutoAugment, with "-mstd0.5" for noise in their levels. "rand-m9-mstd0.5-inc1" is
/// RandAugment at level 9 with a deviation of 0.5; further parts are n3 (operations), p0.7 (their probability) and
/// mmax15 (the largest level).
public enum AugmentationPolicy: Sendable, Equatable {
  /// A pair from a list.
  case autoAugment(AutoAugment)
  /// Operations from a set.
  case randAugment(RandAugment)

  /// The policy that `text` names.
  ///
  /// - Throws: ``PolicyError`` with the part that has no meaning.
  public init(_ text: String) throws(PolicyError) {
    var parts = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    let name = parts.removeFirst()
    let settings = try parts.map { part throws(PolicyError) in
      try PolicySetting(part, of: text)
    }
    if name == "rand" {
      self = .randAugment(try RandAugment(settings, of: text))
    } else if let list = AutoAugment.List(rawValue: name) {
      var policy = AutoAugment(list)
      for setting in settings {
        guard setting.key == "mstd" else { throw PolicyError(text: text, part: setting.text) }
        policy.levelDeviation = setting.value
      }
      self = .autoAugment(policy)
    } else {
      throw PolicyError(text: text, part: name)
    }
  }

  /// The operations that `key` draws, in their order.
  ///
  /// - Parameters:
  ///   - key: the stream of random numbers of a sample in an epoch.
  ///   - interpolation: of operations that move pixels; nil draws one for each.
  /// - Returns: what is to be done, which may be nothing.
  public func plan(key: RandomKey, interpolation: Interpolation?) -> [ImageOperation] {
    switch self {
    case .autoAugment(let policy): policy.plan(key: key, interpolation: interpolation)
    case .randAugment(let policy): policy.plan(key: key, interpolation: interpolation)
    }
  }
}

/// The name of a policy has a part without meaning.
public struct PolicyError: Error, Equatable, CustomStringConvertible {
  /// The name.
  public let text: String

  /// The part.
  public let part: String

  /// What is wrong and what is possible.
  public var description: String {
    """
    "\(part)" of the policy "\(text)" has no meaning; a policy is "original" or "v0", or "rand" with parts such as \
    m9 (level), n2 (operations), p0.5 (probability), mstd0.5 (noise), mmax10 (largest level), inc1 (increasing)
    """
  }
}

/// A part of a policy's name: letters and a number.
private struct PolicySetting {
  let text: String
  let key: String
  let value: Double

  init(_ text: String, of policy: String) throws(PolicyError) {
    let key = text.prefix { $0.isLetter && $0.isASCII }
    guard !key.isEmpty, let value = Double(text.dropFirst(key.count)), value >= 0, value.isFinite
    else { throw PolicyError(text: policy, part: text) }
    (self.text, self.key, self.value) = (text, String(key), value)
  }
}

extension RandAugment {
  fileprivate init(_ settings: [PolicySetting], of text: String) throws(PolicyError) {
    self.init()
    for setting in settings {
      let value = setting.value
      let isWhole = value == value.rounded() && value <= 1000
      switch setting.key {
      case "m" where isWhole: level = value
      case "n" where isWhole && value >= 1: count = Int(value)
      case "p" where value <= 1: probability = value
      case "mstd": levelDeviation = value
      case "mmax" where isWhole && value >= 1: levelLimit = value
      case "inc" where value == 0 || value == 1: isIncreasing = value == 1
      default: throw PolicyError(text: text, part: setting.text)
      }
    }
  }
}
