internal import Digests

extension TrainingConfiguration {
  /// The SHA-256 of all keys that decide the weights, in hexadecimal digits.
  ///
  /// Two runs with equal digests on equal data end with the same bits.
  public var identityDigest: String {
    let text = Self.settings.filter { $0.role == .identity }
      .map { "\($0.key) = \($0.value(in: self))\n" }.joined()
    var digest = SHA256()
    digest.update(Array(text.utf8).span)
    return digest.hexadecimal
  }

  /// The identity keys that differ, as "key: this value, that value".
  public func identityDifferences(from other: TrainingConfiguration) -> [String] {
    differences(from: other) { $0.role == .identity }
  }

  /// Those of the keys that `isCompared` names which differ, as "key: this value, that value".
  func differences(
    from other: TrainingConfiguration, where isCompared: (Setting) -> Bool
  ) -> [String] {
    Self.settings.filter(isCompared).compactMap { setting in
      let (mine, theirs) = (setting.value(in: self), setting.value(in: other))
      return mine == theirs ? nil : "\(setting.key) is \(mine) here and \(theirs) there"
    }
  }
}
