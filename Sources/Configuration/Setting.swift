import TOMLKit

/// One key of the configuration: its name, its meaning and whether it decides the weights.
public struct Setting: Sendable {
  /// Whether another value may change the bits of the result.
  public enum Role: Sendable {
    /// It may: a run does not resume with another value.
    case identity
    /// It may not: it may change on resume, and never enters a digest.
    case changeable
    /// As `changeable` for a configuration that ``TrainingConfiguration/addsSampleBySample``, identity for others.
    case changeableIfPortable
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

  /// The table of a key, or the empty string: `train` for `train.epochs`.
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

/// The numbers that a setting takes, and the words for them.
///
/// They keep their meaning as `Float`: what is to be above 0 does not become 0, what is to be below 1 does
/// not become 1.
struct Bounds {
  let range: ClosedRange<Double>
  /// The rule, as in "at least 0 and below 1".
  let words: String

  /// At least 0 and below 1.
  static let share = Bounds(0...Double(Float(1).nextDown), "at least 0 and below 1")
  /// Above 0 and at most 1.
  static let positiveShare = Bounds(
    Double(Float.leastNormalMagnitude)...1,
    "above 0 (at least \(Float.leastNormalMagnitude)) and at most 1")
  /// At least 0.
  static let nonnegative = Bounds(
    0...Double(Float.greatestFiniteMagnitude),
    "at least 0 and at most \(Float.greatestFiniteMagnitude)")

  /// Numbers of `range`, both ends among them.
  init(_ range: ClosedRange<Double>) {
    self.init(
      range, "at least \(Self.text(range.lowerBound)) and at most \(Self.text(range.upperBound))")
  }

  private init(_ range: ClosedRange<Double>, _ words: String) {
    (self.range, self.words) = (range, words)
  }

  private static func text(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }
}
