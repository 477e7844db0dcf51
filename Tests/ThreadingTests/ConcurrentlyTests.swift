import Foundation
import Synchronization
import Testing

@testable import Threading

@Suite("Threads of a rank", .timeLimit(.minutes(60)))
struct ConcurrentlyTests {
  private struct Failure: Error, Equatable {
    let number: Int
  }

  @Test("Each number is run once, and the error of the lowest that failed is thrown")
  func numbers() throws {
    let seen = Mutex<Set<Int>>([])
    try concurrently(5) { number in seen.withLock { _ = $0.insert(number) } }
    #expect(seen.withLock { $0 } == [0, 1, 2, 3, 4])
    #expect(throws: Failure(number: 2)) {
      try concurrently(5) { if $0 >= 2 { throw Failure(number: $0) } }
    }
  }

  @Test("Values come in order, on fewer threads and on more than there are numbers")
  func map() throws {
    for threads in [1, 3, 50] {
      let values = try concurrentMap(5..<18, threads: threads) { number in 2 * number }
      #expect(values == (5..<18).map { 2 * $0 })
    }
    let none = try concurrentMap(4..<4, threads: 2) { number in number }
    #expect(none.isEmpty)
  }

  @Test("A thread that the system does not grant is an error, and is not waited for")
  func noThread() async {
    await #expect(processExitsWith: .exitCode(7)) {
      try forbidMoreMemory()
      do {
        try concurrently(64) { _ in }
      } catch is ThreadError {
        _exit(7)
      }
    }
  }
}

/// From here on the stack of a thread finds no room.
private func forbidMoreMemory() throws {
  var limit = rlimit()
  let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
  guard unsafe getrlimit(resource, &limit) == 0 else { throw CocoaError(.featureUnsupported) }
  limit.rlim_cur = 1 << 20
  guard unsafe setrlimit(resource, &limit) == 0 else { throw CocoaError(.featureUnsupported) }
}
