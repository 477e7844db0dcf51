import CMPI
import Glibc

/// A page of memory a rank in which the ranks of one host tell each other what they do.
///
/// Reading and writing it takes no message and no waiting, so it works even while MPI hangs.
@safe public final class Heartbeats: @unchecked Sendable {
  /// One of the two kinds of threads that write.
  public enum Writer: Sendable {
    /// The threads that compute.
    case compute
    /// The thread that calls MPI.
    case communication
  }

  /// The ranks of this host by their numbers among all ranks.
  public let ranks: [Int]
  /// The place of this rank among them.
  public let own: Int
  /// Their process numbers.
  public let processes: [Int32]
  /// The name of every rank's host, in the order of all ranks.
  public let hosts: [String]

  private let memory: SharedMemory
  /// Can be read from once the process has ended; -1 where the system has no such files.
  private let processFiles: [Int32]

  /// Opens the page of this rank and maps those of its neighbours; collective.
  ///
  /// The ranks of a host that cannot share memory each have a page of their own.
  init(_ communicator: borrowing Communicator, host: String) throws(MPIError) {
    hosts = try communicator.allGather(Array(host.utf8)).map { String(decoding: $0, as: UTF8.self) }
    let world = Int64(communicator.rank)
    let found = try communicator.withRanksOfHost { neighbours throws(MPIError) in
      let all = try neighbours.allGather([world, Int64(getpid())])
      let memory = try SharedMemory.allocate(count: 0, maySpin: false, neighbours)
      return (all: all, memory: memory, own: neighbours.rank)
    }
    switch found.memory {
    case .success(let shared):
      memory = shared
      ranks = found.all.map { Int($0[0]) }
      processes = found.all.map { Int32($0[1]) }
      own = found.own
    case .failure:
      let alone = Communicator(alone: (), partLimit: communicator.partLimit)
      memory = try SharedMemory.allocate(count: 0, maySpin: false, alone).get(orThrow: communicator)
      ranks = [communicator.rank]
      processes = [getpid()]
      own = 0
    }
    processFiles = processes.map { $0 == getpid() ? -1 : cmpi_process_file($0) }
  }

  deinit {
    for file in processFiles where file >= 0 { close(file) }
  }

  /// The rank at `place` among ``ranks``, as it said last.
  public subscript(place: Int) -> Heartbeat {
    func read(_ word: Word) -> UInt32 { unsafe cmpi_load(address(word, of: place)) }
    var heartbeat = Heartbeat()
    heartbeat.beats = read(.beats)
    heartbeat.step = read(.step)
    heartbeat.bucket = read(.bucket) == 0 ? nil : Int(read(.bucket)) - 1
    heartbeat.compute.phase = read(.computePhase)
    heartbeat.compute.progress = read(.computeProgress)
    heartbeat.communication.phase = read(.communicationPhase)
    heartbeat.communication.progress = read(.communicationProgress)
    heartbeat.isEnding = read(.ending) != 0
    heartbeat.hasFailed = read(.ending) == Self.failed
    return heartbeat
  }

  /// Says that this rank begins `phase` of `step`.
  public func enter(_ phase: UInt32, step: UInt32, by writer: Writer) {
    if writer == .compute { unsafe cmpi_store(address(.step, of: own), step) }
    unsafe cmpi_store(
      address(writer == .compute ? .computePhase : .communicationPhase, of: own), phase)
    markProgress(writer)
  }

  /// Says that this rank has come further in its phase.
  public func markProgress(_ writer: Writer) {
    _ = unsafe cmpi_add(
      address(writer == .compute ? .computeProgress : .communicationProgress, of: own), 1)
  }

  /// Says which bucket this rank exchanges, or that it exchanges none.
  public func enter(bucket: Int?) {
    unsafe cmpi_store(address(.bucket, of: own), bucket.map { UInt32($0) + 1 } ?? 0)
  }

  /// Says that this process runs.
  public func beat() { _ = unsafe cmpi_add(address(.beats, of: own), 1) }

  /// Announces that this rank is about to end, so that its end is not reported.
  ///
  /// - Parameter failed: whether it has said that something is wrong.
  public func markEnding(failed: Bool = false) {
    unsafe cmpi_store(address(.ending, of: own), failed ? Self.failed : 1)
  }

  private static let failed: UInt32 = 2

  /// True for the first rank of the host that wants to speak of another, false for all later ones.
  public func claimVerdict() -> Bool { unsafe cmpi_add(address(.verdicts, of: 0), 1) == 1 }

  /// Whether a rank of the host speaks of another already.
  public var hasVerdict: Bool { unsafe cmpi_load(address(.verdicts, of: 0)) != 0 }

  /// Sleeps for so long, or until a process has ended that was not about to.
  ///
  /// - Returns: the places of the processes that have ended.
  public func deaths(within milliseconds: Int32) -> [Int] {
    let watched = processFiles.indices.filter { processFiles[$0] >= 0 && !self[$0].isEnding }
    var files = watched.map { pollfd(fd: processFiles[$0], events: Int16(POLLIN), revents: 0) }
    let status = unsafe poll(&files, nfds_t(files.count), milliseconds)
    precondition(status >= 0 || errno == EINTR, "poll failed with error \(errno)")
    if status <= 0 { return [] }
    let ended = zip(watched, files).filter { $1.revents != 0 }.map(\.0)
    // It may have said so in its last moment.
    return ended.filter { !self[$0].isEnding }
  }

  private enum Word: Int {
    case beats, step, bucket, computePhase, computeProgress, communicationPhase
    case communicationProgress, ending
    /// Of the first rank's page.
    case verdicts
  }

  private func address(_ word: Word, of place: Int) -> UnsafeMutablePointer<UInt32> {
    unsafe memory.word(.heartbeat, of: place) + word.rawValue
  }
}

extension Result where Success == SharedMemory, Failure == SharedMemoryError {
  fileprivate func get(orThrow communicator: borrowing Communicator) throws(MPIError)
    -> SharedMemory
  {
    switch self {
    case .success(let memory): return memory
    case .failure(let error):
      throw MPIError(
        call: "memory of this rank", code: 0, text: "\(error)", rank: communicator.rank)
    }
  }
}

/// What one rank says of itself: numbers whose meaning the program gives.
public struct Heartbeat: Sendable, Equatable {
  /// One of the two kinds of threads that tell what they do.
  public struct Activity: Sendable, Equatable {
    /// What is being done.
    public var phase: UInt32 = 0
    /// Counts everything that was begun; it grows as long as the thread works.
    public var progress: UInt32 = 0

    /// Nothing yet.
    public init() {}
  }

  /// Counts the checks of the rank's own watchdog; it grows as long as the process runs.
  public var beats: UInt32 = 0
  /// The current step.
  public var step: UInt32 = 0
  /// The number of the bucket that is exchanged, if one is.
  public var bucket: Int?
  /// The threads that compute.
  public var compute = Activity()
  /// The thread that calls MPI.
  public var communication = Activity()
  /// Whether the rank is about to end.
  public var isEnding = false
  /// Whether it ends because of something that it has said.
  public var hasFailed = false

  /// Nothing yet.
  public init() {}
}
