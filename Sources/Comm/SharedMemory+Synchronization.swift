import CMPI
import Glibc

extension SharedMemory {
  /// Waits until every rank has called it; what a rank has written before is then seen by all.
  ///
  /// Collective. A rank that waits looks at one word in memory, gives way to others, and then sleeps
  /// until the last one wakes it: ranks that share processors do not hold each other up as they would
  /// in `MPI_Barrier`, which never sleeps. A rank that dies is the launcher's to notice.
  ///
  /// - Throws: ``MPIError``.
  public func synchronize(_ communicator: borrowing Communicator) throws(MPIError) {
    let (arrivals, rounds) = unsafe (word(.arrivals, of: 0), word(.rounds, of: 0))
    // It cannot change before this rank has arrived.
    let round = unsafe cmpi_load(rounds)
    if unsafe cmpi_add(arrivals, 1) == UInt32(counts.count) {
      unsafe cmpi_store(arrivals, 0)
      unsafe cmpi_store(rounds, round &+ 1)
      if unsafe cmpi_load(word(.sleepers, of: 0)) > 0 {
        let woken = unsafe cmpi_wake_all(rounds)
        precondition(woken >= 0, "futex failed with error \(errno)")
      }
      return
    }
    try wait(for: round, communicator)
  }

  private func wait(
    for round: UInt32, _ communicator: borrowing Communicator
  ) throws(MPIError) {
    let rounds = unsafe word(.rounds, of: 0)
    for _ in 0..<(maySpin ? Self.looks : 0) {
      if unsafe cmpi_load(rounds) != round { return }
      cmpi_pause()
    }
    for _ in 0..<Self.yields {
      if unsafe cmpi_load(rounds) != round { return }
      sched_yield()
    }
    _ = unsafe cmpi_add(word(.sleepers, of: 0), 1)
    defer { _ = unsafe cmpi_add(word(.sleepers, of: 0), UInt32.max) }
    while unsafe cmpi_load(rounds) == round {
      let status = unsafe cmpi_sleep_while(rounds, round, Self.napNanoseconds)
      precondition(
        status == 0 || [EAGAIN, EINTR, ETIMEDOUT].contains(errno),
        "futex failed with error \(errno)")
      // Another rank may still wait for a message of this one that MPI has only noted down.
      try communicator.progress()
    }
  }

  /// Looks at the word before a rank with a processor of its own gives way: some microseconds.
  private static let looks = 2_000
  /// Times that a rank lets others run before it sleeps.
  private static let yields = 20
  /// The longest sleep before MPI is given a chance, in nanoseconds.
  private static let napNanoseconds = 5_000_000
}
