package import Comm
import Files

extension SharedBuffers {
  /// Makes the buffers where all ranks are on one host; collective.
  ///
  /// - Parameters:
  ///   - weightCount: elements of the flat buffer of weights.
  ///   - gradientCount: elements of the flat gradient.
  ///   - held: the gradients that each rank holds at once.
  ///   - communication: the ranks.
  /// - Throws: `MPIError`.
  /// - Returns: nil where messages have to do it: alone, on several hosts, or because the memory
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
