import Testing

@testable import Train

@Suite("Repairs of a rank's memory")
struct RepairRecordTests {
  @Test("The fourth within a hundred steps is too many, whichever steps they are")
  func tooMany() {
    for steps in [[9, 9, 9, 9], [1, 30, 60, 100]] {
      var record = RepairRecord()
      let answers = steps.map { record.note(2, step: $0) }
      #expect(answers == [false, false, false, true])
    }
  }

  @Test("Rare ones, and those of other ranks, are borne")
  func rare() {
    var record = RepairRecord()
    for step in stride(from: 0, to: 5_000, by: 50) {
      let isTooOften = [record.note(0, step: step), record.note(1, step: step + 7)]
      #expect(isTooOften == [false, false])
    }
  }
}
