import TOMLKit

/// One key of the configuration: its name, its meaning and whether it decides the weights.
public struct Setting: Sendable {
  /// Whether another value may change the bits of the result.
  public enum Role: Sendable {
    /// It may: a run does not resume with another value.
    case identity
    /// It may not: it may change on resume, and never enters a digest.
    case free
    /// As `free` for a configuration that ``TrainingConfiguration/addsSampleBySample``, identity for others.
    case freeIfPortable
  }

  /// The key with its table: `train.epochs`.
  public let key: String
  /// What the value means, for people.
  public let meaning: String
  /// Whether another value may change the bits of the result.
  public let role: Role

  let kind: String
  let read: @Sendable (TrainingConfiguration) -> String
  let write: @Sendable (inout TrainingConfiguration, any TOMLValueConvertible) -> Bool

  init<Value: SettingValue>(
    _ key: String, _ path: any WritableKeyPath<TrainingConfiguration, Value> & Sendable,
    _ role: Role, _ meaning: String
  ) {
    self.key = key
    self.meaning = meaning
    self.role = role
    kind = Value.kind
    read = { $0[keyPath: path].toml }
    write = { configuration, toml in
      guard let value = Value(toml: toml) else { return false }
      configuration[keyPath: path] = value
      return true
    }
  }

  /// The table a key stands in, or the empty string: `train` for `train.epochs`.
  public var table: String {
    key.split(separator: ".").dropLast().joined(separator: ".")
  }

  /// The key without its table: `epochs` for `train.epochs`.
  public var name: String {
    key.split(separator: ".").last.map(String.init) ?? key
  }

  /// The value of the key in `configuration`, as TOML.
  public func value(in configuration: TrainingConfiguration) -> String {
    read(configuration)
  }
}
