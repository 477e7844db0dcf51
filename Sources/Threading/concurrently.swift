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

/// What `body` makes of each number of `range`, in order; up to `threads` of them are at work at once.
///
/// - Throws: `ThreadError` if the system grants no thread.
package func concurrentMap<Value: Sendable>(
  _ range: Range<Int>, threads: Int, _ body: @escaping @Sendable (Int) -> Value
) throws -> [Value] {
  precondition(threads > 0, "\(threads) threads")
  let values = Mutex<[Int: Value]>([:])
  let workers = max(min(threads, range.count), 1)
  try concurrently(workers) { worker in
    for number in stride(from: range.lowerBound + worker, to: range.upperBound, by: workers) {
      let value = body(number)
      values.withLock { $0[number] = value }
    }
  }
  return values.withLock { found in range.compactMap { found[$0] } }
}
