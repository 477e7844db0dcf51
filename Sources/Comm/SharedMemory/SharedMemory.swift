import CMPI
import Glibc

/// Memory that all ranks of one host read and write: each of them gives some floats.
///
/// Rank r's floats lie in a file in memory that rank r has made and that every rank has mapped. The
/// pages appear at their first use, near the processor that uses them first. Nobody orders the
/// accesses: between writing on one rank and reading on another there is a ``synchronize(_:movingMessages:)``.
///
/// (`MPI_Win_allocate_shared` would do, but in Open MPI rank zero alone makes the file, in `/dev/shm`,
/// which is small in containers; by its source the other ranks are left waiting where that fails.)
@safe public final class SharedMemory: @unchecked Sendable {
  /// The number of floats that each rank gives.
  public let counts: [Int]

  /// Bytes before the floats of each rank: words for ``synchronize(_:movingMessages:)`` and ``announce(_:)``.
  static let headerBytes = 4_096
  /// The most numbers that a rank can announce at once.
  public static let announcementLimit = 512

  let rank: Int
  /// Whether a rank that waits has a processor of its own.
  let maySpin: Bool
  private let mappings: [Mapping]

  init(rank: Int, counts: [Int], mappings: [Mapping], maySpin: Bool) {
    self.rank = rank
    self.counts = counts
    self.mappings = mappings
    self.maySpin = maySpin
  }

  /// The floats that `rank` gives; valid as long as this object lives.
  public func floats(of rank: Int) -> UnsafeMutableBufferPointer<Float> {
    let start = unsafe mappings[rank].start + Self.headerBytes
    return unsafe UnsafeMutableBufferPointer(
      start: start.assumingMemoryBound(to: Float.self), count: counts[rank])
  }

  /// Lets every rank know some small numbers, after the next ``synchronize(_:movingMessages:)``.
  public func announce(_ numbers: [Int]) {
    precondition(
      numbers.count <= Self.announcementLimit, "\(numbers.count) numbers announced at once")
    for (index, number) in numbers.enumerated() {
      unsafe cmpi_store(word(.announcement, of: rank) + index, UInt32(number))
    }
  }

  /// The first `count` numbers that `rank` has announced.
  public func announcement(of rank: Int, count: Int) -> [Int] {
    precondition(count <= Self.announcementLimit, "\(count) numbers announced at once")
    return (0..<count).map { Int(unsafe cmpi_load(word(.announcement, of: rank) + $0)) }
  }

  /// Words of a header, those that are written together in one cache line.
  enum Word: Int {
    /// Ranks that have come to the current synchronisation; of rank zero's header.
    case arrivals = 0
    /// Synchronisations that are over; of rank zero's header.
    case rounds = 16
    /// Ranks that sleep until the current one is over; of rank zero's header.
    case sleepers = 32
    /// A number by which the others know that they have mapped the right file.
    case token = 48
    /// Numbers for the others.
    case announcement = 64
    /// What ``Heartbeats`` tell.
    case heartbeat = 640
  }

  func word(_ word: Word, of rank: Int) -> UnsafeMutablePointer<UInt32> {
    unsafe mappings[rank].start.assumingMemoryBound(to: UInt32.self) + word.rawValue
  }
}

extension SharedMemory {
  /// A file in the address space of this process, as long as the object lives.
  @safe final class Mapping {
    let start: UnsafeMutableRawPointer
    private let bytes: Int

    init(file: Int32, bytes: Int) throws(SharedMemoryError) {
      let flags = MAP_SHARED | MAP_NORESERVE
      let start = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, file, 0)
      guard let start = unsafe start, unsafe start != MAP_FAILED else {
        throw SharedMemoryError(call: "mmap of \(bytes) bytes", error: errno)
      }
      unsafe self.start = unsafe start
      self.bytes = bytes
    }

    deinit {
      let status = unsafe munmap(start, bytes)
      precondition(status == 0, "munmap failed with error \(errno)")
    }
  }
}

extension SharedMemory {
  /// Waits until every rank has called it; what a rank has written before is then seen by all.
  ///
  /// Collective. A rank that waits looks at one word in memory, gives way to others, and then sleeps
  /// until the last one wakes it: ranks that share processors do not hold each other up as they would
  /// in `MPI_Barrier`, which never sleeps. A rank that dies is the launcher's to notice.
  ///
  /// - Parameters:
  ///   - communicator: the ranks; there may be others on other hosts.
  ///   - movingMessages: whether exchanges of these ranks may be in progress, which then go on meanwhile.
  /// - Throws: ``MPIError``.
  public func synchronize(
    _ communicator: borrowing Communicator, movingMessages: Bool = false
  ) throws(MPIError) {
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
    try wait(for: round, communicator, movingMessages: movingMessages)
  }

  private func wait(
    for round: UInt32, _ communicator: borrowing Communicator, movingMessages: Bool
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
    while movingMessages && maySpin {
      if unsafe cmpi_load(rounds) != round { return }
      try communicator.progress()
    }
    _ = unsafe cmpi_add(word(.sleepers, of: 0), 1)
    defer { _ = unsafe cmpi_add(word(.sleepers, of: 0), UInt32.max) }
    var nap = movingMessages ? Self.shortNapNanoseconds : Self.napNanoseconds
    while unsafe cmpi_load(rounds) == round {
      let status = unsafe cmpi_sleep_while(rounds, round, nap)
      if movingMessages { nap = min(2 * nap, Self.longNapNanoseconds) }
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
  /// The first and the longest of those between which messages are moved on, as between an exchange's looks.
  private static let (shortNapNanoseconds, longNapNanoseconds) = (100_000, 800_000)
}

/// Why the ranks of a host cannot share memory.
///
/// Every rank gets it if any rank fails. Messages are used instead.
public struct SharedMemoryError: Error, CustomStringConvertible, Sendable, Equatable {
  /// One line: the rank, the call and the cause.
  public let description: String

  init(_ description: String) {
    self.description = description
  }

  /// A system call that has just failed.
  init(call: String, error: Int32) {
    self.init("\(call) failed: \(unsafe String(cString: strerror(error)))")
  }
}
