package import Comm
import Files
package import Kernels

/// The weights and the gradients of the ranks of one host, where all of them read them.
///
/// The weights are there once for all ranks. Each rank has as many gradients as its workers hold at
/// once, and reads its part of those of the others in place.
package final class SharedBuffers: Sendable {
  /// The memory itself, by which the ranks wait for each other.
  package let memory: SharedMemory
  /// The one copy of the weights.
  package let weights: FloatBuffer
  /// The gradients of every rank of the host.
  private let gradients: [[FloatBuffer]]
  /// The place of this rank among them.
  package let place: Int
  /// The gradients of this rank.
  package var own: [FloatBuffer] { gradients[place] }
  /// One of the gradients, for what the ranks of the host put together while none of them computes; nil on all
  /// hosts if one of them has none.
  package let common: FloatBuffer?

  /// Elements after which the next buffer begins: at a page, so that no two ranks share one.
  private static let alignment = 1_024

  /// Makes the buffers; collective, on one host.
  ///
  /// - Parameters:
  ///   - weightCount: elements of the flat buffer of weights.
  ///   - gradientCount: elements of the flat gradient.
  ///   - held: the gradients that each rank holds at once.
  ///   - hasCommon: whether every host has a gradient.
  ///   - maySpin: whether a rank that waits has a processor of its own.
  ///   - communicator: the ranks.
  /// - Throws: `MPIError`.
  /// - Returns: the buffers, or why they cannot be made; the same on all ranks.
  private static func allocate(
    weightCount: Int, gradientCount: Int, held: [Int], hasCommon: Bool, maySpin: Bool,
    _ communicator: borrowing Communicator
  ) throws(MPIError) -> Result<SharedBuffers, SharedMemoryError> {
    let stride = (gradientCount + alignment - 1) / alignment * alignment
    // The weights lie behind rank zero's gradients.
    let place = communicator.rank
    let own = held[place] * stride + (place == 0 ? weightCount : 0)
    return try SharedMemory.allocate(count: own, maySpin: maySpin, communicator)
      .map { memory in
        func buffer(_ number: Int, of rank: Int, count: Int) -> FloatBuffer {
          FloatBuffer(memory, rank: rank, number * stride..<number * stride + count)
        }
        return SharedBuffers(
          memory: memory, weights: buffer(held[0], of: 0, count: weightCount),
          gradients: held.enumerated().map { rank, held in
            (0..<held).map { buffer($0, of: rank, count: gradientCount) }
          }, place: place, hasCommon: hasCommon)
      }
  }

  private init(
    memory: SharedMemory, weights: FloatBuffer, gradients: [[FloatBuffer]], place: Int,
    hasCommon: Bool
  ) {
    self.memory = memory
    self.weights = weights
    self.gradients = gradients
    self.place = place
    common = hasCommon ? gradients.joined().first : nil
  }

  /// Traps unless `buffer` is one that all ranks of the host have.
  func requireShared(_ buffer: FloatBuffer) {
    precondition(
      buffer === weights || buffer === common, "other weights than shared ones are gathered")
  }

  /// Lets the others know, after they have met, in which of this rank's gradients the sums of its nodes are.
  func announce(_ buffers: [FloatBuffer]) {
    memory.announce(
      buffers.map { buffer in
        guard let number = own.firstIndex(where: { $0 === buffer }) else {
          preconditionFailure("a rank needs more than its \(own.count) shared gradients")
        }
        return number
      })
  }

  /// The sums of the nodes of all ranks of the host, so many of each, from left to right.
  func announced(counts: [Int]) -> [FloatBuffer] {
    counts.enumerated().flatMap { place, count in
      memory.announcement(of: place, count: count).map { gradients[place][$0] }
    }
  }
}

extension FloatBuffer {
  /// The elements `range` of the floats that `rank` gives to `memory`.
  fileprivate convenience init(_ memory: SharedMemory, rank: Int, _ range: Range<Int>) {
    let floats = unsafe memory.floats(of: rank)
    unsafe self.init(UnsafeMutableBufferPointer(rebasing: floats[range]), owner: memory)
  }
}

extension SharedBuffers {
  /// What the ranks of all hosts have agreed on.
  private struct Agreement: Sendable {
    let buffers: SharedBuffers?
    /// Why some rank cannot share memory.
    let fault: String?
  }

  /// Makes the buffers of each host where there are several ranks on one; collective.
  ///
  /// - Parameters:
  ///   - weightCount: elements of the flat buffer of weights.
  ///   - gradientCount: elements of the flat gradient.
  ///   - held: the gradients that each of all ranks holds at once.
  ///   - hosts: where the ranks are.
  ///   - communication: the ranks.
  /// - Throws: `MPIError`.
  /// - Returns: nil on all ranks if messages have to do it: with one rank a host, or because the
  ///   memory cannot be had somewhere, which rank zero says in one line.
  package static func allocate(
    weightCount: Int, gradientCount: Int, held: [Int], hosts: HostRanks,
    _ communication: CommunicationThread
  ) throws -> SharedBuffers? {
    guard hosts.count < communication.size else { return nil }
    let maySpin = communication.hasOwnCore
    let ranks = hosts.ranges[hosts.host(of: communication.rank)]
    let hasCommon = hosts.ranges.allSatisfy { held[$0].contains { $0 > 0 } }
    let agreement = try communication.perform { communicator -> Agreement in
      let result = try communicator.withNeighbours(hosts) { neighbours throws(MPIError) in
        try allocate(
          weightCount: weightCount, gradientCount: gradientCount, held: Array(held[ranks]),
          hasCommon: hasCommon, maySpin: maySpin, neighbours)
      }
      return try agree(result, communicator)
    }
    if let fault = agreement.fault, communication.rank == 0 {
      StandardError.write("the ranks exchange messages, as they cannot share memory: \(fault)")
    }
    return agreement.buffers
  }

  /// The buffers, unless some host has none.
  private static func agree(
    _ result: Result<SharedBuffers, SharedMemoryError>, _ communicator: borrowing Communicator
  ) throws(MPIError) -> Agreement {
    var (buffers, text) = (SharedBuffers?.none, "")
    switch result {
    case .success(let own): buffers = own
    case .failure(let error): text = "\(error)"
    }
    let first = try communicator.allGather(Array(text.utf8)).first { !$0.isEmpty }
    return Agreement(
      buffers: first == nil ? buffers : nil,
      fault: first.map { String(decoding: $0, as: UTF8.self) })
  }
}
