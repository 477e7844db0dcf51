import Testing

@testable import Datasets

@Suite("Packing of sequences")
struct SequencePackerTests {
  private let special: SpecialTokens

  init() throws {
    special = try TextFixture.vocabulary().special
  }

  /// Packs documents of the given tokens into sequences of `length`.
  private func pack(_ documents: [[Int32]], length: Int) -> [[Int32]] {
    var packer = SequencePacker(length: length, special: special)
    var sequences: [[Int32]] = []
    for document in documents {
      if let full = packer.separate() { sequences.append(full) }
      var rest = document[...]
      while !rest.isEmpty {
        let (count, full) = packer.take(rest)
        rest = rest.dropFirst(count)
        if let full { sequences.append(full) }
      }
    }
    if let last = packer.finish() { sequences.append(last) }
    return sequences
  }

  @Test("[CLS], text, [SEP]; a [SEP] between documents; [PAD] at the end of the set")
  func format() {
    #expect(
      pack([[10, 11, 12, 13, 14], [20]], length: 6) == [
        [2, 10, 11, 12, 13, 3], [2, 14, 3, 20, 3, 0],
      ])
    #expect(pack([[10, 11]], length: 3) == [[2, 10, 3], [2, 11, 3]])
    #expect(pack([[], []], length: 5).isEmpty)
  }

  @Test("A document that ends with a sequence needs no separator, one place before it takes one")
  func borders() {
    #expect(pack([[10, 11, 12], [20]], length: 5) == [[2, 10, 11, 12, 3], [2, 20, 3, 0, 0]])
    #expect(pack([[10, 11], [20]], length: 5) == [[2, 10, 11, 3, 3], [2, 20, 3, 0, 0]])
  }

  @Test("No token is lost at any length", arguments: 3...40)
  func complete(length: Int) {
    let documents = (0..<9).map { number in (0..<(number * 7 % 23)).map { Int32(100 + $0) } }
    let sequences = pack(documents, length: length)
    #expect(sequences.allSatisfy { $0.count == length && $0[0] == 2 })
    #expect(
      sequences.joined().filter { $0 >= 100 } == documents.flatMap { $0 })
    #expect(sequences.dropLast().allSatisfy { !$0.contains(0) && $0.last == 3 })
  }
}
