import Testing

@testable import Scoring

/// Every Unicode scalar, compared with Python 3.11, whose tables are those of Unicode 14.
@Suite("Characters as Python sees them")
struct CharacterTests {
  private struct Tables: Decodable {
    let lowercase, word, space, final, passed, followed: String
  }

  private let tables: Tables
  private let scalars = (0...0x10ffff).compactMap { Unicode.Scalar($0) }

  init() throws {
    tables = try Fixture.decode("characters.json", as: Tables.self)
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

  /// Expects that none is there but scalars that newer versions of Unicode have added or changed.
  private func expectNone(
    _ wrong: [Unicode.Scalar], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    // Since Unicode 14 U+0295 has become an uncased letter, U+1171E a spacing mark.
    let changed: [Unicode.Scalar] = ["\u{295}", "\u{1171e}"]
    let others = wrong.filter { scalar in
      let isNew = scalar.properties.age.map { $0.major > 14 } ?? false
      return !isNew && !changed.contains(scalar)
    }
    let names = others.prefix(20).map { String($0.value, radix: 16) }
    #expect(others.isEmpty, "\(names)", sourceLocation: sourceLocation)
  }

  @Test("White space, words and punctuation")
  func classes() throws {
    let (spaces, words) = try (members(tables.space), members(tables.word))
    expectNone(scalars.filter { $0.isPythonSpace != spaces[Int($0.value)] })
    expectNone(scalars.filter { $0.isPythonWord != words[Int($0.value)] })
    let marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".unicodeScalars
    #expect(scalars.filter(\.isPythonPunctuation) == Array(marks))
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
    let changing = scalars.filter {
      $0 != "Σ" && ($0.properties.changesWhenLowercased || expected[$0] != nil)
    }
    expectNone(changing.filter { pythonLowercased(String($0)) != expected[$0, default: [$0]] })
  }

  @Test("A sigma is final or not beside each")
  func sigma() throws {
    let tests: [(table: String, holds: (Unicode.Scalar) -> Bool)] = [
      (tables.final, { pythonLowercased("\($0)Σ").last == "ς" }),
      (tables.passed, { pythonLowercased("Α\($0)Σ").last == "ς" }),
      (tables.followed, { pythonLowercased("ΑΣ\($0)")[1] == "σ" }),
    ]
    for test in tests {
      let members = try members(test.table)
      #expect(members.contains(true))
      // Of the others the function knows nothing: they are neither cased nor case-ignorable.
      let candidates = scalars.filter {
        members[Int($0.value)] || $0.properties.isCased || $0.properties.isCaseIgnorable
      }
      expectNone(candidates.filter { test.holds($0) != members[Int($0.value)] })
    }
  }
}
