import CMPI
import Glibc
import Threading

/// The processors on which a thread may run: its affinity mask.
public struct ProcessorSet: Sendable, Equatable, CustomStringConvertible {
  /// The numbers of the processors, ascending.
  public let processors: [Int]

  /// The number of processors.
  public var count: Int { processors.count }

  /// A set of processor numbers.
  public init(_ processors: some Sequence<Int>) {
    self.processors = Set(processors).sorted()
  }

  /// The mask of the calling thread, read from the kernel; nil if the kernel refuses.
  ///
  /// - Note: Source: sched_getaffinity(2).
  public static func ofThisThread() -> ProcessorSet? {
    // The kernel needs room for every possible processor, and returns EINVAL if there is too little.
    for words in [16, 256, 4_096] {
      var mask = [UInt](repeating: 0, count: words)
      if unsafe cmpi_affinity(&mask, UInt(words * MemoryLayout<UInt>.size)) > 0 {
        let bits = UInt.bitWidth
        return ProcessorSet(
          (0..<words * bits).filter { mask[$0 / bits] >> UInt($0 % bits) & 1 == 1 })
      }
      guard errno == EINVAL else { return nil }
    }
    return nil
  }

  /// The numbers with ranges, as in `0-3,8`.
  public var description: String {
    if processors.isEmpty { return "unknown" }
    var runs: [ClosedRange<Int>] = []
    for processor in processors {
      if let last = runs.last, last.upperBound + 1 == processor {
        runs[runs.count - 1] = last.lowerBound...processor
      } else {
        runs.append(processor...processor)
      }
    }
    return
      runs
      .map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}

extension ProcessorSet {
  /// The processors that a process here could be given, regardless of its binding.
  ///
  /// A thread that ends at once asks for all of them; the kernel grants those that the container or
  /// the job may use.
  ///
  /// - Throws: `ThreadError` if the system grants no thread.
  /// - Returns: nil if the kernel refuses.
  public static func available() throws -> ProcessorSet? {
    let result = Monitor<ProcessorSet?>(nil)
    let thread = try BackgroundThread(name: "processors") {
      // The kernel ignores processors that it does not have.
      let mask = [UInt](repeating: .max, count: 128)
      let status = unsafe cmpi_set_affinity(mask, UInt(mask.count * MemoryLayout<UInt>.size))
      if status == 0 { result.change { $0 = ofThisThread() } }
    }
    thread.join()
    return result.read { $0 }
  }
}
