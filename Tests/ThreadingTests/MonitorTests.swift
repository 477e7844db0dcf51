import Glibc
import Testing
import Threading

@Suite("Threads")
struct MonitorTests {
  @Test("Who waits sees every change, in whichever thread it is made")
  func handOver() throws {
    let queue = Monitor<[Int]>([])
    let thread = try BackgroundThread(name: "producer") {
      for number in 0..<1_000 {
        queue.change { $0.append(number) }
      }
    }
    var received: [Int] = []
    while received.count < 1_000 {
      received += queue.wait { numbers -> [Int]? in
        if numbers.isEmpty { return nil }
        defer { numbers = [] }
        return numbers
      }
    }
    thread.join()
    #expect(received == Array(0..<1_000))
  }

  @Test("What a waiting thread took out wakes those who wait for room")
  func room() throws {
    let slot = Monitor<Int?>(1)
    let thread = try BackgroundThread(name: "producer") {
      for number in 2...50 {
        slot.wait { value -> Void? in
          guard value == nil else { return nil }
          value = number
          return ()
        }
      }
    }
    var received: [Int] = []
    for _ in 1...50 {
      received.append(
        slot.wait { value -> Int? in
          defer { value = nil }
          return value
        })
    }
    thread.join()
    #expect(received == Array(1...50))
  }

  @Test("Who waits for so long at most goes on without what does not come, and with what does")
  func limit() throws {
    let slot = Monitor<Int?>(nil)
    let started = ContinuousClock.now
    let nothing: Int? = slot.wait(atMost: .milliseconds(30)) { $0 }
    #expect(nothing == nil)
    #expect(ContinuousClock.now - started >= .milliseconds(30))
    let thread = try BackgroundThread(name: "producer") { slot.change { $0 = 7 } }
    let number: Int? = slot.wait(atMost: .seconds(600)) { $0 }
    #expect(number == 7)
    thread.join()
  }

  @Test("A thread's own processor time grows while it works, and hardly while it waits")
  func processorTime() throws {
    let isOver = Monitor(false)
    let worker = try BackgroundThread(name: "worker") { while !isOver.read({ $0 }) {} }
    let waiter = try BackgroundThread(name: "waiter") {
      isOver.wait { value -> Void? in value ? () : nil }
    }
    while worker.processorSeconds < 0.05 { sched_yield() }
    #expect(waiter.processorSeconds < 0.05)
    isOver.change { $0 = true }
    worker.join()
    waiter.join()
  }
}
