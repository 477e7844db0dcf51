import CMPI
import Glibc
import Synchronization

/// A page of memory a rank in which the ranks of one host tell each other what they do.
///
/// Reading and writing it takes no message and no waiting, so it works even while MPI hangs. What ranks of other
/// hosts do is heard by the first rank of a host: see ``elsewhere``.
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
  /// The process number of every rank, in the order of all ranks.
  public let processesOfAll: [Int32]

  /// The first rank on every rank's host, in the order of all ranks.
  private let leaders: [Int]
  private let heard = Mutex<[Int: Heartbeat]>([:])
  private let memory: SharedMemory
  /// Can be read from once the process has ended; -1 where the system has no such files.
  private let processFiles: [Int32]

  /// Opens the page of this rank and maps those of its neighbours; collective.
  ///
  /// The ranks of a host that cannot share memory each have a page of their own, as if each were a host.
  ///
  /// - Parameters:
  ///   - communicator: all ranks.
  ///   - host: the name of this host.
  ///   - hostRanks: which ranks are on which host.
  /// - Throws: ``MPIError``.
  init(
    _ communicator: borrowing Communicator, host: String, _ hostRanks: HostRanks
  ) throws(MPIError) {
    hosts = try communicator.allGather(Array(host.utf8)).map { String(decoding: $0, as: UTF8.self) }
    let world = Int64(communicator.rank)
    let found = try communicator.withNeighbours(hostRanks) { neighbours throws(MPIError) in
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
    let told = try communicator.allGather([Int64(ranks[0]), Int64(getpid())])
    leaders = told.map { Int($0[0]) }
    processesOfAll = told.map { Int32($0[1]) }
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

  /// What ranks of other hosts have said last, by their numbers.
  ///
  /// The first rank of a host knows it, once it has heard of them; others never.
  public var elsewhere: [Int: Heartbeat] { heard.withLock { $0 } }

  /// Whether there are ranks on other hosts.
  public var hasOtherHosts: Bool { leaders.contains { $0 != leaders[0] } }

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

extension Heartbeats {
  /// The first ranks of the other hosts, if this is the first of its own; else none.
  var otherLeaders: [Int] {
    if own != 0 { return [] }
    return leaders.indices.filter { leaders[$0] == $0 && $0 != ranks[0] }
  }

  /// The length of a message from the host that `leader` speaks for.
  func wordCount(ofHostLedBy leader: Int) -> Int {
    1 + leaders.count(where: { $0 == leader }) * (1 + Heartbeat.wordCount)
  }

  /// What the ranks of this host say, as a message to other hosts.
  func words(isLast: Bool) -> [Int64] {
    var words: [Int64] = [isLast ? 1 : 0]
    for place in ranks.indices {
      words.append(Int64(ranks[place]))
      words += self[place].words
    }
    return words
  }

  /// Takes in such a message.
  ///
  /// - Returns: whether it is the last one.
  func hear(_ words: [Int64]) -> Bool {
    let length = 1 + Heartbeat.wordCount
    heard.withLock { heard in
      for start in stride(from: 1, to: words.count, by: length) {
        heard[Int(words[start])] = Heartbeat(words: Array(words[start + 1..<start + length]))
      }
    }
    return words[0] != 0
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

extension Heartbeat {
  /// The number of ``words``.
  static let wordCount = 8

  /// All of it in numbers that travel.
  var words: [Int64] {
    [
      Int64(beats), Int64(step), Int64(bucket ?? -1), Int64(compute.phase), Int64(compute.progress),
      Int64(communication.phase), Int64(communication.progress), hasFailed ? 2 : isEnding ? 1 : 0,
    ]
  }

  /// What ``words`` said.
  init(words: [Int64]) {
    precondition(words.count == Self.wordCount, "a heartbeat of \(words.count) words")
    let numbers = words.map { UInt32(truncatingIfNeeded: $0) }
    beats = numbers[0]
    step = numbers[1]
    bucket = words[2] < 0 ? nil : Int(words[2])
    compute.phase = numbers[3]
    compute.progress = numbers[4]
    communication.phase = numbers[5]
    communication.progress = numbers[6]
    isEnding = numbers[7] != 0
    hasFailed = numbers[7] == 2
  }
}
