import CMPI
import Glibc
import Threading

extension ProcessorSet {
  /// The processors that a process here could be given, whatever it was bound to.
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
