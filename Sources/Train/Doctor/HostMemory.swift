internal import Comm
internal import Foundation

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
  /// - Throws: ``StartError`` where `/proc` is not Linux's; `HostError`.
  init() throws {
    let (memory, status) = ("/proc/meminfo", "/proc/self/status")
    guard let available = try SystemFile(memory).kibibytes("MemAvailable"),
      let used = try SystemFile(status).kibibytes("VmSize")
    else {
      throw StartError(
        "\(memory) and \(status): do not tell MemAvailable and VmSize; only Linux does",
        exitCode: 70)
    }
    self.available = available
    addressSpaceUsed = used
    addressSpaceLimit = try AddressSpace.limit()
    group = try ControlGroup.memoryLimit()
    let slurm = ProcessInfo.processInfo.environment["SLURM_MEM_PER_NODE"]
    slurmPerNode = slurm.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 << 20 : nil }
  }
}
