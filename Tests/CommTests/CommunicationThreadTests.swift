import Comm
import Dispatch
import Synchronization
import Testing

private struct Failure: Error, Equatable {
  let number: Int
}

@Suite("The communication thread, in a world of one")
struct CommunicationThreadTests {
  private func makeThread() throws -> CommunicationThread {
    try CommunicationThread(try LaunchEnvironment { _ in nil }, computeThreads: 1)
  }

  @Test("Jobs run in the order of their start, whoever starts them, and give their results")
  func order() throws {
    let communication = try makeThread()
    let seen = Mutex<[Int]>([])
    let works = (0..<100).map { number in
      communication.start { _ in seen.withLock { $0.append(number) } }
    }
    #expect(try communication.perform { $0.size } == 1)
    #expect(works.allSatisfy { $0.isFinished })
    for work in works.reversed() { try work.wait() }
    #expect(seen.withLock { $0 } == Array(0..<100))
    try communication.finalize()
  }

  @Test("After a job fails, later jobs fail without running; earlier ones succeed")
  func failure() throws {
    let communication = try makeThread()
    let ran = Mutex<[Int]>([])
    let works = (0..<6).map { number in
      communication.start { _ in
        ran.withLock { $0.append(number) }
        if number == 3 { throw Failure(number: number) }
      }
    }
    for work in works[..<3] { try work.wait() }
    for work in works[3...] {
      #expect(throws: Failure(number: 3)) { try work.wait() }
    }
    #expect(throws: Failure(number: 3)) { try communication.perform { _ in 1 } }
    // Pending work of a failed run may be dropped.
    _ = communication.start { _ in }
    #expect(throws: Failure(number: 3)) { try communication.finalize() }
    #expect(ran.withLock { $0 } == [0, 1, 2, 3])
  }

  @Test("A caller that gives up fails the waiting jobs, not the finished ones")
  func givingUp() throws {
    let communication = try makeThread()
    let done = communication.start { _ in }
    try done.wait()
    communication.fail(with: Failure(number: 1))
    communication.fail(with: Failure(number: 2))
    try done.wait()
    #expect(throws: Failure(number: 1)) { try communication.perform { _ in 1 } }
    #expect(throws: Failure(number: 1)) { try communication.finalize() }
  }

  @Test("A job that is running when a caller gives up still runs to its end")
  func givingUpWhileRunning() throws {
    let communication = try makeThread()
    let (hasBegun, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let running = communication.start { _ in
      hasBegun.signal()
      mayEnd.wait()
    }
    hasBegun.wait()
    let waiting = (0..<3).map { _ in communication.start { _ in } }
    communication.fail(with: Failure(number: 1))
    #expect(!running.isFinished)
    for work in waiting {
      #expect(throws: Failure(number: 1)) { try work.wait() }
    }
    mayEnd.signal()
    try running.wait()
    #expect(throws: Failure(number: 1)) { try communication.finalize() }
  }

  @Test("A job that fails after a caller gave up counts as failed")
  func failureAfterGivingUp() throws {
    let communication = try makeThread()
    let (hasBegun, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let running = communication.start { _ in
      hasBegun.signal()
      mayEnd.wait()
      throw Failure(number: 2)
    }
    hasBegun.wait()
    communication.fail(with: Failure(number: 1))
    mayEnd.signal()
    #expect(throws: Failure(number: 1)) { try running.wait() }
    #expect(throws: Failure(number: 1)) { try communication.finalize() }
  }

  @Test("An exchange completes or fails together with its completion handler")
  func exchanges() throws {
    let communication = try makeThread()
    let followed = Mutex(0)
    let first = communication.startExchange { communicator in
      try communicator.exchange(sending: [], receiving: []) { followed.withLock { $0 += 1 } }
    }
    try first.wait()
    #expect(followed.withLock { $0 } == 1)
    let second = communication.startExchange { communicator in
      try communicator.exchange(sending: [], receiving: []) { throw Failure(number: 2) }
    }
    #expect(throws: Failure(number: 2)) { try second.wait() }
    #expect(throws: Failure(number: 2)) { try communication.finalize() }
  }

  @Test("Threads that wait at once all get their own results")
  func manyWaiters() async throws {
    let communication = try makeThread()
    let results = await withTaskGroup(of: Int?.self) { group in
      for number in 0..<20 {
        group.addTask { try? communication.perform { _ in number } }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(results) == Set((0..<20).map { Optional($0) }))
    try communication.finalize()
  }

  @Test("Dropping pending work without waiting traps")
  func dropped() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let communication = try CommunicationThread(
        try LaunchEnvironment { _ in nil }, computeThreads: 1)
      _ = communication.start { _ in }
      try communication.finalize()
    }
    expect(result, says: "pending work was dropped before it was waited for")
  }

  @Test("Dropping a thread without finalizing it traps")
  func notFinalized() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = try CommunicationThread(try LaunchEnvironment { _ in nil }, computeThreads: 1)
    }
    expect(result, says: "a communication thread was dropped, not finalized")
  }

  @Test("Starting a job after the end traps")
  func afterTheEnd() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let communication = try CommunicationThread(
        try LaunchEnvironment { _ in nil }, computeThreads: 1)
      try communication.finalize()
      try communication.perform { try $0.barrier() }
    }
    expect(result, says: "a job was queued after the communication was finalized")
  }
}

/// Expects that a process that trapped has said why.
func expect(_ result: ExitTest.Result?, says words: String) {
  let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(text.contains(words), "\(text)")
}
