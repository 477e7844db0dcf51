/// What is to happen, in the order of its time; what has the same time, in the order in which it was added.
///
/// A binary heap.
struct EventQueue<Event> {
  private struct Entry {
    let time: Double
    let number: Int
    let event: Event

    func comes(before other: Entry) -> Bool {
      time != other.time ? time < other.time : number < other.number
    }
  }

  private var heap: [Entry] = []
  private var added = 0

  /// Adds what happens at `time`.
  mutating func add(_ event: Event, at time: Double) {
    heap.append(Entry(time: time, number: added, event: event))
    added += 1
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].comes(before: heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes what happens next; nil if nothing is left.
  mutating func next() -> (time: Double, event: Event)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink()
    }
    return (first.time, first.event)
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var first = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].comes(before: heap[first]) {
        first = child
      }
      if first == parent { return }
      heap.swapAt(first, parent)
      parent = first
    }
  }
}
