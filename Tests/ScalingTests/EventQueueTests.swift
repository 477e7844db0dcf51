import Testing

@testable import Scaling

@Suite("Queue of events")
struct EventQueueTests {
  @Test("Events come in the order of their times, those of one time in the order of their addition")
  func order() {
    var queue = EventQueue<Int>()
    // Every time occurs three times, in an order that is far from sorted.
    let times = (0..<300).map { Double($0 * 37 % 100) }
    for (number, time) in times.enumerated() { queue.add(number, at: time) }
    var seen: [(time: Double, event: Int)] = []
    while let next = queue.next() { seen.append(next) }
    let expected = times.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }
    #expect(seen.map(\.event) == expected.map(\.offset))
    #expect(seen.map(\.time) == expected.map(\.element))
  }

  @Test("What is added meanwhile takes its place")
  func meanwhile() {
    var queue = EventQueue<String>()
    queue.add("late", at: 3)
    queue.add("early", at: 1)
    var seen = [queue.next()?.event]
    queue.add("between", at: 2)
    for _ in 0..<3 { seen.append(queue.next()?.event) }
    #expect(seen == ["early", "between", "late", nil])
  }
}
