import Planning
import Testing

@Suite("Groups of micro-batches")
struct GroupsTests {
  @Test("They follow each other, and the first and the last are full")
  func groups() {
    for count in 0...12 {
      let range = 5..<5 + count
      for size in 1...14 {
        let groups = range.groups(of: size)
        #expect(groups.flatMap { Array($0) } == Array(range))
        #expect(groups.allSatisfy { (1...size).contains($0.count) })
        #expect(groups.filter { $0.count < size }.count <= 1)
        if groups.count > 1 { #expect(groups[0].count == size) }
        if groups.count > 2 { #expect(groups[groups.count - 1].count == size) }
      }
    }
  }
}
