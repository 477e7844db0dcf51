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
  /// Every rank's gradients.
  package let gradients: [[FloatBuffer]]

  /// Elements after which the next buffer begins: at a page, so that no two ranks share one.
  private static let alignment = 1_024

  /// Makes the buffers; collective, on one host.
  ///
  /// - Parameters:
  ///   - weightCount: elements of the flat buffer of weights.
  ///   - gradientCount: elements of the flat gradient.
  ///   - held: the gradients that each rank holds at once.
  ///   - maySpin: whether a rank that waits has a processor of its own.
  ///   - communicator: the ranks.
  /// - Throws: `MPIError`.
  /// - Returns: the buffers, or why they cannot be made; the same on all ranks.
  package static func allocate(
    weightCount: Int, gradientCount: Int, held: [Int], maySpin: Bool,
    _ communicator: borrowing Communicator
  ) throws -> Result<SharedBuffers, SharedMemoryError> {
    let stride = (gradientCount + alignment - 1) / alignment * alignment
    // The weights lie behind rank zero's gradients.
    let own = held[communicator.rank] * stride + (communicator.rank == 0 ? weightCount : 0)
    return try SharedMemory.allocate(count: own, maySpin: maySpin, communicator)
      .map { memory in
        func buffer(_ number: Int, of rank: Int, count: Int) -> FloatBuffer {
          FloatBuffer(memory, rank: rank, number * stride..<number * stride + count)
        }
        return SharedBuffers(
          memory: memory, weights: buffer(held[0], of: 0, count: weightCount),
          gradients: held.enumerated().map { rank, held in
            (0..<held).map { buffer($0, of: rank, count: gradientCount) }
          })
      }
  }

  private init(memory: SharedMemory, weights: FloatBuffer, gradients: [[FloatBuffer]]) {
    self.memory = memory
    self.weights = weights
    self.gradients = gradients
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
  /// Makes the buffers where all ranks are on one host; collective.
  ///
  /// - Parameters:
  ///   - weightCount: elements of the flat buffer of weights.
  ///   - gradientCount: elements of the flat gradient.
  ///   - held: the gradients that each rank holds at once.
  ///   - communication: the ranks.
  /// - Throws: `MPIError`.
  /// - Returns: nil if messages have to do it: alone, on several hosts, or because the memory
  ///   cannot be had, which rank zero says in one line.
  package static func allocate(
    weightCount: Int, gradientCount: Int, held: [Int], _ communication: CommunicationThread
  ) throws -> SharedBuffers? {
    guard communication.size > 1 else { return nil }
    let maySpin = communication.hasOwnCore
    let result = try communication.perform {
      communicator -> Result<SharedBuffers, SharedMemoryError>? in
      guard try communicator.isOnOneHost() else { return nil }
      return try allocate(
        weightCount: weightCount, gradientCount: gradientCount, held: held, maySpin: maySpin,
        communicator)
    }
    switch result {
    case nil: return nil
    case .success(let buffers): return buffers
    case .failure(let error):
      if communication.rank == 0 {
        StandardError.write("the ranks exchange messages, as they cannot share memory: \(error)")
      }
      return nil
    }
  }
}
