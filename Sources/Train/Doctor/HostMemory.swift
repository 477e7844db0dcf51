internal import Comm
internal import Foundation
internal import Kernels

/// The memory that a rank may have, from all who have a say in it; in bytes.
struct HostMemory: Sendable, Codable, Equatable {
  /// What all processes of the host can still take (`MemAvailable`).
  var available: Int
  /// The limit of the container or the job, and the file that tells it.
  var group: Limit?
  /// The address space of this process (`ulimit -v`).
  var addressSpaceLimit: Int?
  /// The address space that it has already.
  var addressSpaceUsed: Int
  /// The memory that this process may write to and shares with nobody (`ulimit -d`).
  var dataLimit: Int?
  /// What it has of that already.
  var dataUsed = 0
  /// Buffers of the BLAS library that it does not have yet.
  var libraryBytes = 0
  /// What Slurm grants the job on each node (`SLURM_MEM_PER_NODE`).
  var slurmPerNode: Int?

  /// A limit and where it is written.
  struct Limit: Sendable, Codable, Equatable {
    var bytes: Int
    var file: String
  }
}

extension HostMemory {
  /// What the system tells now.
  ///
  /// - Parameter workers: threads that will multiply at once.
  /// - Throws: ``StartError`` where `/proc` is not Linux's; `HostError`.
  init(workers: Int) throws {
    let (memory, status) = ("/proc/meminfo", "/proc/self/status")
    guard let available = try SystemFile(memory).kibibytes("MemAvailable"),
      let used = try SystemFile(status).kibibytes("VmSize"),
      let data = try SystemFile(status).kibibytes("VmData")
    else {
      throw StartError(
        "\(memory) and \(status): do not tell MemAvailable, VmSize and VmData; only Linux does",
        exitCode: 70)
    }
    self.available = available
    addressSpaceUsed = used
    addressSpaceLimit = try ResourceLimit.addressSpace.current()
    dataUsed = data
    dataLimit = try ResourceLimit.data.current()
    libraryBytes = max(0, workers - BLAS.reservedBuffers) * BLAS.bufferBytes
    group = try ControlGroup.memoryLimit()
    let slurm = ProcessInfo.processInfo.environment["SLURM_MEM_PER_NODE"]
    slurmPerNode = slurm.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 << 20 : nil }
  }
}
