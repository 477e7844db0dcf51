import Scoring
import Testing

@Suite("Confusion counts")
struct ConfusionCountsTests {
  @Test("The class that samples were most often mistaken for; of equal ones the lowest")
  func mistakes() {
    var confusion = ConfusionCounts(classes: 4)
    confusion.add(label: 0, predicted: 0, times: 9)
    confusion.add(label: 1, predicted: 3, times: 2)
    confusion.add(label: 1, predicted: 2, times: 2)
    confusion.add(label: 1, predicted: 0)
    confusion.add(label: 2, predicted: 1)
    let rows = confusion.rows
    #expect(rows.map(\.mistakenFor) == [nil, 2, 1, nil])
    #expect(rows.map(\.mistakenCount) == [0, 2, 1, 0])
    #expect(rows.map(\.accuracy) == [1, 0, 0, nil])
    #expect(rows.map(\.predicted) == [10, 1, 2, 2])
  }
}
