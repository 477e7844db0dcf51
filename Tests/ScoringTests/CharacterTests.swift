import Testing

@testable import Scoring

/// Every Unicode scalar, compared with Python 3.11; those that are newer than its tables are left out.
@Suite("Characters as Python sees them")
struct CharacterTests {
  private struct Tables: Decodable {
    let lowercase, word, space, final, passed, followed: String
  }

  private let tables: Tables
  private let scalars: [Unicode.Scalar]

  init() throws {
    tables = try Fixture.decode("characters.json", as: Tables.self)
    scalars = (0...0x10ffff).compactMap { Unicode.Scalar($0) }.filter {
      $0.properties.age.map { $0.major <= 14 } ?? true
    }
  }

  /// The scalars of a table of ranges, by their number.
  private func members(_ table: String) throws -> [Bool] {
    var members = [Bool](repeating: false, count: 0x110000)
    for range in table.split(separator: " ") {
      let ends = range.split(separator: "-")
      let start = try #require(Int(ends[0], radix: 16))
      let end = try #require(Int(ends[1], radix: 16))
      for value in start..<end { members[value] = true }
    }
    return members
  }

  private func expect(_ table: String, _ test: (Unicode.Scalar) -> Bool) throws {
    let members = try members(table)
    let wrong = scalars.filter { test($0) != members[Int($0.value)] }
    #expect(wrong.isEmpty, "\(wrong.prefix(20).map { String($0.value, radix: 16) })")
  }

  @Test("White space and words")
  func classes() throws {
    #expect(scalars.count > 1_100_000)
    try expect(tables.space) { $0.isPythonSpace }
    try expect(tables.word) { $0.isPythonWord }
    #expect((0x21...0x7e).count { Unicode.Scalar($0).map(\.isPythonPunctuation) ?? false } == 32)
  }

  @Test("Lower case of each")
  func lowercase() throws {
    var expected: [Unicode.Scalar: [Unicode.Scalar]] = [:]
    for entry in tables.lowercase.split(separator: " ") {
      let parts = entry.split(separator: ":")
      let from = try #require(UInt32(parts[0], radix: 16).flatMap { Unicode.Scalar($0) })
      expected[from] = parts[1].split(separator: "+").compactMap {
        UInt32($0, radix: 16).flatMap { Unicode.Scalar($0) }
      }
    }
    #expect(expected.count > 1_300)
    let wrong = scalars.filter {
      $0 != "Σ" && pythonLowercased(String($0)) != expected[$0, default: [$0]]
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(20).map { String($0.value, radix: 16) })")
  }

  @Test("A sigma is final or not beside each")
  func sigma() throws {
    try expect(tables.final) { pythonLowercased("\($0)Σ").last == "ς" }
    try expect(tables.passed) { pythonLowercased("Α\($0)Σ").last == "ς" }
    try expect(tables.followed) { pythonLowercased("ΑΣ\($0)")[1] == "σ" }
  }
}
