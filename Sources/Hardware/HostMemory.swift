import Comm
package import Configuration
import Files
import Foundation
import Kernels
import Platform

/// The memory that a rank may have, from all who have a say in it; in bytes.
package struct HostMemory: Sendable, Codable, Equatable {
  /// What all processes of the host can still take (`MemAvailable`).
  package var available: Int
  /// The limit of the container or the job, and the file it was read from.
  package var group: Limit?
  /// The address space of this process (`ulimit -v`).
  package var addressSpaceLimit: Int?
  /// The address space that it has already.
  package var addressSpaceUsed: Int
  /// The private memory that this process may write to (`ulimit -d`).
  package var dataLimit: Int?
  /// What it has of that already.
  package var dataUsed = 0
  /// Buffers of the BLAS library that it does not have yet.
  package var libraryBytes = 0
  /// What Slurm grants the job on each node (`SLURM_MEM_PER_NODE`).
  package var slurmPerNode: Int?

  /// A limit and where it is written.
  package struct Limit: Sendable, Codable, Equatable {
    package var bytes: Int
    package var file: String
  }
}

extension HostMemory {
  /// What the system reports now.
  ///
  /// - Parameter workers: threads that will multiply at once by OpenBLAS.
  /// - Throws: `CommandError` where `/proc` is not Linux's; `HostError`.
  package init(workers: Int) throws {
    let (memory, status) = ("/proc/meminfo", "/proc/self/status")
    guard let available = try SystemFile(memory).kibibytes("MemAvailable"),
      let used = try SystemFile(status).kibibytes("VmSize"),
      let data = try SystemFile(status).kibibytes("VmData")
    else {
      throw CommandError(
        "\(memory) and \(status): do not have MemAvailable, VmSize and VmData; only Linux does",
        exitCode: .internalError)
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

/// A small file of the kernel's.
package struct SystemFile {
  /// What it says, without white space at its ends; nil if there is no such file.
  package let text: String?

  /// Reads the file at `path`.
  ///
  /// - Throws: `CommandError` for one that is there but cannot be read.
  package init(_ path: String) throws(CommandError) {
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      text = String(decoding: data, as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    } catch CocoaError.fileReadNoSuchFile {
      text = nil
    } catch {
      throw CommandError("\(path): cannot be read: \(error.reason)", exitCode: .internalError)
    }
  }

  /// The lines.
  package var lines: [Substring] { text?.split(whereSeparator: \.isNewline) ?? [] }

  /// A file of one number; nil if it holds a word, as in `max`.
  package var number: Int? { text.flatMap { Int($0) } }

  /// The bytes in the line `name: n kB`.
  package func kibibytes(_ name: String) -> Int? {
    let line = lines.first { $0.hasPrefix("\(name):") }
    let words = line?.split(whereSeparator: \.isWhitespace) ?? []
    return words.count > 1 ? Int(words[1]).map { $0 * 1_024 } : nil
  }
}
