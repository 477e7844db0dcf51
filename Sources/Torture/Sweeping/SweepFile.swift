import Configuration
import Foundation
import TOMLKit

/// The content of a sweep file, before configurations are made from it.
struct SweepFile {
  /// The configuration that the variants change.
  let configurationPath: String
  /// The variants in the order of the file.
  let variants: [Sweep.Variant]

  /// Reads the file at `path`; `common` are assignments for all variants, behind the file's and before their own.
  ///
  /// - Throws: ``ConfigurationError`` for a file that cannot be read or has an unknown key.
  init(_ path: String, common: [String]) throws(ConfigurationError) {
    let table = try TOMLText(file: path, of: "a sweep").table()
    defer { withExtendedLifetime(table) {} }
    try Self.require(table, ["config", "seeds", "set", "variant"], path)
    guard let config = table["config"]?.string.map(expandHome) else {
      throw ConfigurationError("\(path): config must be the path of a configuration")
    }
    let folder = (path as NSString).deletingLastPathComponent
    configurationPath =
      config.hasPrefix("/") || folder.isEmpty
      ? config : (folder as NSString).appendingPathComponent(config)
    let seeds = try Self.seeds(table, path)
    let common = try Self.assignments(table, path) + common
    guard let list = table["variant"]?.array, list.count > 0 else {
      throw ConfigurationError("\(path): has no [[variant]]; write one for each configuration")
    }
    var variants: [Sweep.Variant] = []
    for index in 0..<list.count {
      guard let table = list[index].table else {
        throw ConfigurationError("\(path): variant must be tables, [[variant]]")
      }
      variants.append(try Self.variant(table, common, seeds, path))
    }
    self.variants = variants
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
    guard let value = table["seeds"] else { return [0] }
    guard let seeds = [Int](toml: value), !seeds.isEmpty, seeds.allSatisfy({ $0 >= 0 }),
      Set(seeds).count == seeds.count
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

  private static let longestName = 200

  private static func variant(
    _ table: TOMLTable, _ common: [String], _ seeds: [Int], _ file: String
  ) throws(ConfigurationError) -> Sweep.Variant {
    try require(table, ["name", "set", "seeds"], file)
    guard let name = table["name"]?.string, !Sweep.directory(name).isEmpty else {
      throw ConfigurationError("\(file): every [[variant]] needs a name")
    }
    // A file's name has at most 255 bytes, and the seed follows.
    guard Sweep.directory(name).utf8.count <= longestName else {
      throw ConfigurationError(
        "\(file): the name \"\(name.prefix(20))…\" makes a folder's name of more than \(longestName) bytes; shorten it"
      )
    }
    return Sweep.Variant(
      name: name, assignments: common + (try assignments(table, "\(file): \(name)")),
      seeds: table["seeds"] == nil ? seeds : try self.seeds(table, file))
  }
}
