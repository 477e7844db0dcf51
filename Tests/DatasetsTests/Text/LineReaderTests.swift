import TestSupport
import Testing

@testable import Datasets

@Suite("Lines of text files")
struct LineReaderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func lines(_ path: String, from offset: Int = 0) throws -> [[UInt8]] {
    let reader = try LineReader(path, from: offset)
    var lines: [[UInt8]] = []
    while let line = try reader.next() { lines.append(line) }
    return lines
  }

  /// A text longer than several pieces, with lines of all lengths and letters of two bytes.
  private var longText: [UInt8] {
    Array((0..<900).map { String(repeating: "é\($0) ", count: $0) + "\n" }.joined().utf8)
  }

  @Test("Lines are the same from plain, gzip and xz files")
  func formats() async throws {
    let expected = longText.split(separator: 10, omittingEmptySubsequences: false).dropLast()
      .map(Array.init)
    let packed = try TextFixture.xz(longText)
    for content in [longText, gzip(longText), packed, packed + packed.prefix(0)] {
      #expect(try lines(folder.write(content, to: "text")) == expected)
    }
    // Two streams, one after the other, are one text.
    #expect(try lines(folder.write(packed + packed, to: "text")) == expected + expected)
  }

  @Test("The last line may lack its end, and lines may be empty")
  func ends() throws {
    let path = try folder.write("a\n\nb\r\nc", to: "text")
    #expect(try lines(path).map { String(decoding: $0, as: UTF8.self) } == ["a", "", "b\r", "c"])
  }

  @Test("From the start of any line the rest is the same, compressed or not")
  func fromOffset() async throws {
    let text = Array(TextFixture.text(lines: 20_000).utf8)
    let whole = try lines(folder.write(text, to: "whole"))
    let packed = try TextFixture.xz(text)
    for content in [text, gzip(text), packed] {
      let path = try folder.write(content, to: "text")
      for skipped in [1, 777, 19_999, 20_000] {
        let offset = whole[..<skipped].reduce(0) { $0 + $1.count + 1 }
        #expect(try lines(path, from: offset) == Array(whole[skipped...]))
      }
    }
  }

  @Test("A line that is too long comes in parts, cut after blanks")
  func longLine() throws {
    let words = String(repeating: "wörter ", count: 40_000)
    let parts = try lines(folder.write(words + "\nend", to: "text"))
    #expect(parts.dropLast().flatMap { $0 } == Array(words.utf8))
    #expect(parts.allSatisfy { $0.count <= LineReader.longestLine })
    #expect(parts.dropLast().allSatisfy { $0.last == 0x20 } && parts.last == Array("end".utf8))
    // Without a blank it is cut between characters.
    let solid = try lines(folder.write(String(repeating: "€", count: 70_000), to: "text"))
    #expect(solid.count == 4 && solid.allSatisfy { $0.count.isMultiple(of: 3) })
  }

  @Test(
    "Invalid UTF-8 is reported by its byte, also at the border of pieces",
    arguments: [0, 5, 262_143, 262_144, 300_000])
  func invalid(offset: Int) throws {
    var text = [UInt8](repeating: 0x61, count: 400_000)
    for line in stride(from: 999, to: text.count, by: 1000) { text[line] = 0x0a }
    text[offset] = 0xe9
    for content in [text, gzip(text)] {
      let path = try folder.write(content, to: "text")
      expectError(.invalid, path, offset: offset, mentions: "UTF-8") { _ = try lines(path) }
    }
    let end = try folder.write(Array("abc".utf8) + [0xe2, 0x82], to: "text")
    expectError(.invalid, end, offset: 3) { _ = try lines(end) }
  }

  @Test("An empty file has no lines, compressed or not")
  func empty() async throws {
    for content in [[], gzip([]), try TextFixture.xz([])] {
      let path = try folder.write(content, to: "text")
      #expect(try LineReader(path).isEmpty && lines(path).isEmpty)
    }
    expectError(.missing, "nowhere.txt") { _ = try lines("nowhere.txt") }
    expectError(.invalid, folder.path, mentions: "not a file") { _ = try lines(folder.path) }
  }

  @Test("A byte order mark is not text, compressed or not, but counts in offsets")
  func byteOrderMark() throws {
    for content in [Array("\u{FEFF}a\nb\n".utf8), gzip(Array("\u{FEFF}a\nb\n".utf8))] {
      let path = try folder.write(content, to: "text")
      #expect(try lines(path) == [[0x61], [0x62]])
      #expect(try LineReader(path).offset == 3)
      #expect(try lines(path, from: 5) == [[0x62]])
    }
    let mark = try folder.write("\u{FEFF}", to: "mark")
    #expect(try lines(mark) == [])
  }

  @Test("A file that is not text is named by its kind")
  func wrongKinds() throws {
    var tar = Array("a.txt".utf8) + [UInt8](repeating: 0, count: 507)
    tar.replaceSubrange(257..<262, with: Array("ustar".utf8))
    for (content, name) in [
      ([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10], "a PNG picture"), (tar, "a tar archive"),
      (gzip(tar), "a tar archive"), ([0xff, 0xfe, 0x61, 0], "UTF-16 text"),
      ([0x61, 0, 0x62, 0, 0x0a, 0], "looks like UTF-16 (UTF-16LE)"),
      ([0, 0x61, 0, 0x62, 0, 0x0a], "looks like UTF-16 (UTF-16BE)"),
      (Array("version https://git-lfs.github.com/spec/v1\n".utf8), "a Git LFS pointer"),
      ([UInt8](repeating: 0, count: 5_000), "a file that begins with zeros"),
    ] as [([UInt8], String)] {
      let path = try folder.write(content, to: "text")
      expectError(.invalid, path, offset: 0, mentions: name) { _ = try lines(path) }
    }
  }

  @Test("An xz file that is cut off or damaged is refused", arguments: [1, 12, 40, 600])
  func damagedXZ(missing: Int) async throws {
    let whole = try TextFixture.xz(Array(TextFixture.text(lines: 2_000).utf8))
    let cut = try folder.write(Array(whole.dropLast(missing)), to: "cut")
    expectError(.invalid, cut, offset: whole.count - missing, mentions: "cut off") {
      _ = try lines(cut)
    }
    var bytes = whole
    bytes[bytes.count - missing] ^= 0x20
    let damaged = try folder.write(bytes, to: "damaged")
    let error = #expect(throws: DatasetError.self) { _ = try lines(damaged) }
    #expect(error?.code == .invalid && error?.offset != nil)
  }

  @Test("A limit ends a line, but not inside a character")
  func limit() throws {
    let path = try folder.write("one twö three\n", to: "text")
    let reader = try LineReader(path)
    #expect(try reader.next(before: 4) == Array("one ".utf8))
    expectError(.invalid, path, offset: 7, mentions: "index") { _ = try reader.next(before: 7) }
    #expect(try reader.next(before: 8) == Array("twö".utf8))
    #expect(try reader.next() == Array(" three".utf8))
    #expect(try reader.next() == nil)
  }
}
