import Configuration
import TOMLKit

/// What a sweep file says of halving: `[halving]` with `factor`, and optionally `rungs`, `budget` and `metric`.
struct HalvingSettings {
  /// One variant in so many goes on.
  let factor: Int
  /// How often variants are compared, the end included; nil: until one is left.
  let rungs: Int?
  /// The most steps of all runs together; nil: the longest run has the steps of the configuration.
  let budget: Int?
  /// What variants are compared by; nil: what the task judges checkpoints by.
  let metric: BestMetric?
  /// Begins the messages.
  let origin: String

  /// Reads the table.
  ///
  /// - Parameters:
  ///   - value: what the file has.
  ///   - origin: begins the messages.
  /// - Throws: ``ConfigurationError``.
  init(_ value: any TOMLValueConvertible, _ origin: String) throws(ConfigurationError) {
    guard let table = value.table else {
      throw ConfigurationError("\(origin): must be a table, as in factor = 3")
    }
    let known = ["factor", "rungs", "budget", "metric"]
    for key in table.keys where !known.contains(key) {
      throw ConfigurationError(
        "\(origin): unknown key \(key); \(suggestion(for: key, among: known, called: "the keys here"))"
      )
    }
    factor = try Self.number(table, "factor", 2...1_000, origin) ?? 3
    rungs = try Self.number(table, "rungs", 2...20, origin)
    budget = try Self.number(table, "budget", 1...1_000_000_000_000, origin)
    if let named = table["metric"] {
      guard let metric = String(toml: named).flatMap(BestMetric.init(rawValue:)) else {
        throw ConfigurationError("\(origin): metric must be \"accuracy\" or \"loss\"")
      }
      self.metric = metric
    } else {
      metric = nil
    }
    self.origin = origin
  }

  private static func number(
    _ table: TOMLTable, _ key: String, _ range: ClosedRange<Int>, _ origin: String
  ) throws(ConfigurationError) -> Int? {
    guard let value = table[key] else { return nil }
    guard let number = Int(toml: value), range.contains(number) else {
      throw ConfigurationError(
        "\(origin): \(key) must be an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}

/// Successive halving: all variants are trained for a while, the best of them for longer, until few are left.
///
/// A variant that goes on resumes its run. All runs have the length of the last rung from the beginning, and so its
/// learning rates: a rung compares variants at the same place of one schedule, and the weights of those that come to
/// the end are those that ordinary runs of their configurations have.
///
/// - Note: Source: Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization",
///   AISTATS 2016.
public struct Halving: Sendable {
  /// A comparison.
  public struct Rung: Sendable, Equatable, Encodable {
    /// The steps after which it is made.
    public let steps: Int
    /// How many variants come to it.
    public let variants: Int
  }

  /// The comparisons; the last one is at the end.
  public let rungs: [Rung]
  /// The steps of all runs together.
  public let steps: Int
  /// What variants are compared by.
  let metric: BestMetric
  /// What all runs have to be set to.
  let assignments: [String]

  /// Plans the comparisons.
  ///
  /// - Parameters:
  ///   - settings: those of the file.
  ///   - runs: all runs, as they would be without halving.
  ///   - seeds: those of each variant.
  /// - Throws: ``ConfigurationError`` if there is nothing to halve or the steps do not suffice.
  init(
    _ settings: HalvingSettings, runs: [Sweep.Run], seeds: [[Int]]
  ) throws(ConfigurationError) {
    let origin = settings.origin
    guard let first = runs.first, Set(seeds.map(\.count)).count == 1 else {
      throw ConfigurationError("\(origin): give all variants as many seeds")
    }
    let counts = Self.counts(seeds.count, factor: settings.factor, rungs: settings.rungs)
    guard counts.count > 1 else {
      throw ConfigurationError(
        "\(origin): factor = \(settings.factor), and there are only \(seeds.count) variants; lower "
          + "it, or compare more")
    }
    let (lengths, longest) = try Self.lengths(counts.count, settings.factor, origin)
    let cost = runs.count / seeds.count * Self.cost(counts, lengths)
    let unit: Int
    if let budget = settings.budget {
      unit = budget / cost
      guard unit > 0 else {
        throw ConfigurationError(
          "\(origin): budget = \(budget): must be at least \(cost), for a first rung of 1 step")
      }
    } else {
      let steps = first.configuration.train.steps
      guard steps > 0 else {
        throw ConfigurationError(
          "\(origin): needs a budget, or train.steps in the configuration, those of the longest run"
        )
      }
      guard steps.isMultiple(of: longest) else {
        throw ConfigurationError(
          "\(origin): train.steps = \(steps): must be a multiple of \(longest) with "
            + "\(counts.count) rungs; write train.steps=\(max(1, steps / longest) * longest), or "
            + "give a budget")
      }
      unit = steps / longest
    }
    rungs = zip(lengths, counts).map { Rung(steps: $0 * unit, variants: $1) }
    steps = cost * unit
    metric = settings.metric ?? first.configuration.task.bestMetric
    let isEvaluated = runs.allSatisfy {
      let interval = $0.configuration.train.evaluateEvery
      return interval > 0 && unit.isMultiple(of: interval)
    }
    assignments =
      ["train.steps=\(longest * unit)"] + (isEvaluated ? [] : ["train.evaluate_every=\(unit)"])
  }

  /// How many variants come to each rung.
  ///
  /// - Parameters:
  ///   - variants: all of them.
  ///   - factor: one in so many goes on.
  ///   - rungs: how many there are; nil: until fewer than `factor` are left.
  /// - Returns: the numbers, falling; none is below 1.
  static func counts(_ variants: Int, factor: Int, rungs: Int?) -> [Int] {
    var counts = [variants]
    while let last = counts.last, rungs.map({ counts.count < $0 }) ?? (last >= factor) {
      counts.append(max(1, last / factor))
    }
    return counts
  }

  /// Steps up to each rung, in those of the first, and the last of them.
  private static func lengths(
    _ rungs: Int, _ factor: Int, _ origin: String
  ) throws(ConfigurationError) -> (lengths: [Int], longest: Int) {
    var lengths = [1]
    var longest = 1
    for _ in 1..<rungs {
      longest *= factor
      guard longest <= 1_000_000_000 else {
        throw ConfigurationError("\(origin): \(rungs) rungs are too many; lower rungs or factor")
      }
      lengths.append(longest)
    }
    return (lengths, longest)
  }

  /// Steps of all runs of one seed: what goes on is not trained again.
  static func cost(_ counts: [Int], _ lengths: [Int]) -> Int {
    counts.indices.reduce(0) { sum, rung in
      sum + counts[rung] * (lengths[rung] - (rung == 0 ? 0 : lengths[rung - 1]))
    }
  }

  /// Those that go on from a rung, in the order of the sweep.
  ///
  /// - Parameters:
  ///   - candidates: those that have come to it, in the order of the sweep, with what they have reached; nil for numbers
  ///     that were not finite.
  ///   - rung: its place in ``rungs``.
  /// - Returns: their names: of equally good ones the first.
  func promoted(_ candidates: [(name: String, value: Double?)], from rung: Int) -> [String] {
    guard rung + 1 < rungs.count else { return [] }
    let ranked = candidates.indices.sorted { one, other in
      switch (candidates[one].value, candidates[other].value) {
      case (let value?, let second?) where value != second:
        metric.isBetter(value, than: second)
      case (_?, nil): true
      case (nil, _?): false
      default: one < other
      }
    }
    let chosen = Set(ranked.prefix(rungs[rung + 1].variants))
    return candidates.indices.filter(chosen.contains).map { candidates[$0].name }
  }
}
