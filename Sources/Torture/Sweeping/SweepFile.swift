import Configuration
import Foundation
import TOMLKit

/// The content of a sweep file, before configurations are made from it.
struct SweepFile {
  /// The configuration that the variants change.
  let configurationPath: String
  /// The variants in the order of the file, each with every combination of values that is searched.
  let variants: [Sweep.Variant]
  /// How runs are ended early; nil: each is trained to its end.
  let halving: HalvingSettings?

  /// What all variants have unless they say something else.
  private struct Defaults {
    let assignments: [String]
    let weights: String?
    let seeds: [Int]
  }

  /// Reads the file at `path`.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - common: assignments for all variants, behind the file's and before their own.
  ///   - weights: those of variants that name none, in place of the file's.
  /// - Throws: ``ConfigurationError`` for a file that cannot be read or has an unknown key.
  init(_ path: String, common: [String], weights: String?) throws(ConfigurationError) {
    let table = try TOMLText(file: path, of: "a sweep").table()
    defer { withExtendedLifetime(table) {} }
    try Self.require(
      table, ["config", "weights", "seeds", "set", "variant", "grid", "random", "halving"], path)
    guard let config = table["config"]?.string else {
      throw ConfigurationError("\(path): config must be the path of a configuration")
    }
    configurationPath = Self.resolved(config, besides: path)
    let named = try Self.weights(table, path)
    let defaults = Defaults(
      assignments: try Self.assignments(table, path) + common,
      weights: weights ?? named,
      seeds: try table["seeds"] == nil ? [0] : Self.seeds(table, path))
    let points = try SweepSearch(table, path).points
    let variants = try Self.variants(table, defaults, isNeeded: points.isEmpty, path)
    self.variants = points.isEmpty ? variants : try Self.combined(variants, points, path)
    if let value = table["halving"] {
      halving = try HalvingSettings(value, "\(path): [halving]")
    } else {
      halving = nil
    }
  }

  /// The variants that the file lists; where none `isNeeded`, there may be one without a name or settings of its own.
  private static func variants(
    _ table: TOMLTable, _ defaults: Defaults, isNeeded: Bool, _ path: String
  ) throws(ConfigurationError) -> [Sweep.Variant] {
    if table["variant"] == nil && !isNeeded {
      let weights = defaults.weights ?? ""
      return [
        Sweep.Variant(
          name: "", assignments: defaults.assignments, weights: weights.isEmpty ? nil : weights,
          seeds: defaults.seeds)
      ]
    }
    guard let list = table["variant"]?.array, list.count > 0 else {
      throw ConfigurationError(
        "\(path): has no [[variant]]; write one for each configuration, or a [grid] of values")
    }
    var variants: [Sweep.Variant] = []
    for index in 0..<list.count {
      guard let table = list[index].table else {
        throw ConfigurationError("\(path): variant must be tables, [[variant]]")
      }
      variants.append(try Self.variant(table, defaults, path))
    }
    return variants
  }

  /// Each variant with each combination of values.
  private static func combined(
    _ variants: [Sweep.Variant], _ points: [SweepSearch.Point], _ file: String
  ) throws(ConfigurationError) -> [Sweep.Variant] {
    var all: [Sweep.Variant] = []
    for variant in variants {
      for point in points {
        let name = variant.name.isEmpty ? point.name : "\(variant.name), \(point.name)"
        try requireShort(name, file)
        all.append(
          Sweep.Variant(
            name: name, assignments: variant.assignments + point.assignments,
            weights: variant.weights, seeds: variant.seeds))
      }
    }
    return all
  }

  /// A path that `file` names from its own folder.
  private static func resolved(_ path: String, besides file: String) -> String {
    let path = expandHome(path)
    let folder = (file as NSString).deletingLastPathComponent
    return path.hasPrefix("/") || folder.isEmpty
      ? path : (folder as NSString).appendingPathComponent(path)
  }

  private static func require(
    _ table: TOMLTable, _ known: [String], _ file: String
  ) throws(ConfigurationError) {
    for key in table.keys where !known.contains(key) {
      throw ConfigurationError(
        "\(file): unknown key \(key); \(suggestion(for: key, among: known, called: "the keys here"))"
      )
    }
  }

  private static func seeds(
    _ table: TOMLTable, _ file: String
  ) throws(ConfigurationError) -> [Int] {
    guard let value = table["seeds"], let seeds = [Int](toml: value), !seeds.isEmpty,
      seeds.allSatisfy({ $0 >= 0 }), Set(seeds).count == seeds.count
    else { throw ConfigurationError("\(file): seeds must be a list of different integers from 0") }
    return seeds
  }

  private static func assignments(
    _ table: TOMLTable, _ origin: String
  ) throws(ConfigurationError) -> [String] {
    guard let value = table["set"] else { return [] }
    guard let set = [String](toml: value) else {
      throw ConfigurationError("\(origin): set must be a list of \"key=value\"")
    }
    return set
  }

  /// The path of weights that `table` names; nil if it names none, empty if it wants none.
  private static func weights(
    _ table: TOMLTable, _ file: String
  ) throws(ConfigurationError) -> String? {
    guard let value = table["weights"] else { return nil }
    guard let path = value.string else {
      throw ConfigurationError(
        "\(file): weights must be the path of a run or of a .safetensors file")
    }
    return path.isEmpty ? "" : resolved(path, besides: file)
  }

  private static let longestName = 200

  /// A file's name has at most 255 bytes, and the seed follows.
  private static func requireShort(_ name: String, _ file: String) throws(ConfigurationError) {
    guard Sweep.directory(name).utf8.count > longestName else { return }
    throw ConfigurationError(
      "\(file): the name \"\(name.prefix(20))…\" makes a folder's name of more than \(longestName) bytes; shorten it"
    )
  }

  private static func variant(
    _ table: TOMLTable, _ defaults: Defaults, _ file: String
  ) throws(ConfigurationError) -> Sweep.Variant {
    try require(table, ["name", "set", "weights", "seeds"], file)
    guard let name = table["name"]?.string, !Sweep.directory(name).isEmpty else {
      throw ConfigurationError("\(file): every [[variant]] needs a name")
    }
    try requireShort(name, file)
    let own = try assignments(table, "\(file): \(name)")
    let named = try weights(table, file)
    let path = named ?? defaults.weights ?? ""
    return Sweep.Variant(
      name: name, assignments: defaults.assignments + own,
      weights: path.isEmpty ? nil : path,
      seeds: try table["seeds"] == nil ? defaults.seeds : seeds(table, file))
  }
}
