import Testing

@testable import Datasets

@Suite("Layout of texts and pairs")
struct SequenceLayoutTests {
  private func layout(_ length: Int) throws -> SequenceLayout {
    SequenceLayout(length: length, special: try TextFixture.vocabulary().special)
  }

  @Test("One text and two, with separators, padding and the border")
  func shapes() throws {
    let layout = try layout(8)
    let one = layout.pack([10, 11])
    #expect(one.tokens == [2, 10, 11, 3, 0, 0, 0, 0] && one.tokenCount == 4 && one.border == 4)
    let two = layout.pack([10, 11], [12])
    #expect(two.tokens == [2, 10, 11, 3, 12, 3, 0, 0] && two.tokenCount == 6 && two.border == 4)
    let full = layout.pack([10, 11, 12], [13, 14])
    #expect(full.tokens == [2, 10, 11, 12, 3, 13, 14, 3] && full.tokenCount == 8)
  }

  @Test("The last token of the longer text goes until both fit, of the second where they are equal")
  func cuts() throws {
    let layout = try layout(13)
    for first in 0...20 {
      for second in 0...20 {
        // As in run_classifier.py, token by token.
        var (one, other) = (first, second)
        if second == 0 {
          one = min(one, 11)
        } else {
          while one + other > 10 {
            if one > other { one -= 1 } else { other -= 1 }
          }
        }
        #expect(layout.cut(first, second) == (one, other), "\(first) and \(second)")
      }
    }
    #expect(
      layout.cut(20, 20) == (5, 5) && layout.cut(20, 6) == (5, 5) && layout.cut(20, 3) == (7, 3))
  }

  @Test("Windows begin a step apart until one reaches the end")
  func windows() {
    let windows = ContextWindows(step: 4)
    #expect(windows.windows(of: 0, room: 10) == [0..<0])
    #expect(windows.windows(of: 10, room: 10) == [0..<10])
    #expect(windows.windows(of: 11, room: 10) == [0..<10, 4..<11])
    #expect(windows.windows(of: 19, room: 10) == [0..<10, 4..<14, 8..<18, 12..<19])
    // A step beyond the room leaves nothing out.
    #expect(windows.windows(of: 7, room: 3) == [0..<3, 3..<6, 6..<7])
    for count in 1...60 {
      for room in 1...20 {
        let all = windows.windows(of: count, room: room)
        #expect(Set(all.joined()) == Set(0..<count) && all.allSatisfy { $0.count <= room })
        #expect(all.dropLast().allSatisfy { $0.upperBound < count })
      }
    }
  }
}
