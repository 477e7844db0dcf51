import Synchronization

/// Runs `body` for 0..<`count` at once, each on a thread of its own, and waits for all of them.
///
/// Number 0 runs on the calling thread.
///
/// - Throws: the error of the lowest number that failed; `ThreadError`, after those that were
///   started have ended, if the system grants no thread.
package func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
  let failures = Mutex<[Int: any Error]>([:])
  @Sendable func run(_ number: Int) {
    do {
      try body(number)
    } catch {
      failures.withLock { $0[number] = error }
    }
  }
  do {
    var threads: [BackgroundThread] = []
    defer { for thread in threads { thread.join() } }
    for number in 1..<max(count, 1) {
      threads.append(try BackgroundThread(name: "worker \(number)") { run(number) })
    }
    run(0)
  }
  if let first = failures.withLock({ $0.min { $0.key < $1.key } }) { throw first.value }
}
