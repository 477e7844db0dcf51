internal import Foundation
internal import Synchronization

/// Runs `body` for 0..<`count` at once, each on a thread of its own, and waits for all of them.
///
/// Number 0 runs on the calling thread. Throws the error of the lowest number that failed.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
  let failures = Mutex<[Int: any Error]>([:])
  let running = DispatchGroup()
  @Sendable func run(_ number: Int) {
    do {
      try body(number)
    } catch {
      failures.withLock { $0[number] = error }
    }
  }
  for number in 1..<max(count, 1) {
    running.enter()
    let thread = Thread {
      run(number)
      running.leave()
    }
    thread.name = "worker \(number)"
    thread.start()
  }
  run(0)
  running.wait()
  if let first = failures.withLock({ $0.min { $0.key < $1.key } }) { throw first.value }
}
