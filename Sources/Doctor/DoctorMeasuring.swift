import Comm
import Configuration
import Foundation
import Hardware
import Kernels
import Model
import Synchronization
import Threading
import Train

/// Measures what the checks need, on every rank at once.
struct DoctorMeasuring {
  let examination: Examination
  let communication: CommunicationThread
  let watch: DoctorWatch

  /// What every rank has measured, in the order of ranks; collective.
  func measure() throws -> [RankMeasurement] {
    let own = CommandError.catching { try measureAlone() }
    try greetAll()
    return try watch.over({ [communication] in
      "rank \(communication.rank) and the others did not end their measurements"
    }) {
      var own = try StartAgreement.agree(on: own, communication)
      try measureTogether(&own)
      return try communication.tell(own)
    }
  }

  /// What needs no other rank.
  private func measureAlone() throws -> RankMeasurement {
    let rank = communication.rank
    let facts = examination.ranks[rank]
    var own = RankMeasurement()
    if facts.processors.count == 1 {
      own.rivals = try RunningProcess.rivals(
        on: facts.processorsDescription, except: examination.ranks.map(\.process))
    }
    own.interfaces = try NetworkInterface.all()
    let load = try ProcessorLoad()
    if neighbours.first == rank { own.load = load }
    // If memory is short, libraries that allocate some may wait forever.
    if !MemoryCheck().findings(examination).contains(where: { $0.verdict == .fail }) {
      own.products = .measured(ProductLibrary.available.filter { Self.isReady($0, workers: 1) })
      own.gigaflops = try examination.needs.flatMap {
        Self.isReady($0.products, workers: facts.threads)
          ? try Self.gigaflops($0, threads: facts.threads) : nil
      }
    }
    if let storage = examination.storage, case .known(let space) = storage.space {
      own.disk = DiskProbe(writingTo: storage.folder, freeBytes: space.freeBytes)
      own.storage = StorageProbe(of: storage.folder)
    }
    return own
  }

  /// Whether `library` has all memory that it needs; where the run needs it, its start says why not.
  private static func isReady(_ library: ProductLibrary, workers: Int) -> Bool {
    do throws(BLASError) {
      try library.prepare(workers: workers)
      return true
    } catch {
      return false
    }
  }

  /// What all threads of this rank multiply together.
  private static func gigaflops(_ needs: RunNeeds, threads: Int) throws -> Double? {
    guard let product = needs.largestProduct else { return nil }
    let rates = Mutex<[Double]>([])
    try concurrently(threads) { _ in
      let measured = GemmMeasurement(of: product, needs.precision, by: needs.products, seconds: 0.3)
      rates.withLock { $0.append(measured.sustainedGigaflops) }
    }
    return rates.withLock { $0.reduce(0, +) }
  }

  private func greetAll() throws {
    let probe = PairProbe(communication)
    let hosts = examination.ranks.map(\.host)
    let rank = communication.rank
    try watch.over({
      let missing = probe.missing.map { "rank \($0) on \(hosts[$0])" }.joined(separator: ", ")
      return "network: \(missing) did not answer rank \(rank) on \(hosts[rank]); see whether it is "
        + "stopped, and name the network with --mca btl_tcp_if_include NET "
        + "--mca oob_tcp_if_include NET: no answer"
    }) { try probe.run() }
  }

  /// What several ranks do with each other.
  private func measureTogether(_ own: inout RankMeasurement) throws {
    let (neighbours, leaders) = (neighbours, examination.hosts.compactMap(\.ranks.first))
    own.singleCopyFault = try communication.perform {
      try $0.singleCopyFault(among: neighbours)
    }
    own.sharedMemoryFault = try communication.perform { communicator in
      guard communicator.size > 1, try communicator.isOnOneHost() else { return nil }
      switch try SharedMemory.allocate(count: 1_000, maySpin: false, communicator) {
      case .success: return nil
      case .failure(let error): return "\(error)"
      }
    }
    own.seesRunDirectory = try seesRunDirectory()
    let (count, none) = (RankMeasurement.linkFloats, Double?.none)
    own.latencySeconds =
      leaders.count > 1
      ? try communication.perform { try $0.messageSeconds(ring: leaders, count: 1, rounds: 20) }
      : none
    let large =
      leaders.count > 1
      ? try communication.perform { try $0.messageSeconds(ring: leaders, count: count, rounds: 3) }
      : none
    own.linkBytesPerSecond = large.map { Double(count * MemoryLayout<Float>.stride) / $0 }
  }

  /// Whether a file that rank zero writes is there for this rank.
  private func seesRunDirectory() throws -> Bool? {
    let manager = FileManager.default
    var path = ""
    if let folder = examination.storage?.folder {
      path = ProbeFile.path(in: folder)
      // If it fails, DiskProbe has reported why.
      if !manager.createFile(atPath: path, contents: Data()) { path = "" }
    }
    let name = [UInt8](path.utf8)
    let told = String(
      decoding: try communication.perform { try $0.broadcast(name, from: 0) }, as: UTF8.self)
    let isThere = told.isEmpty ? nil : manager.fileExists(atPath: told)
    try communication.perform { try $0.barrier() }
    if !path.isEmpty { try manager.removeItem(atPath: path) }
    return isThere
  }

  /// The ranks of this host.
  private var neighbours: [Int] {
    examination.hosts.map(\.ranks).first { $0.contains(communication.rank) } ?? []
  }
}
