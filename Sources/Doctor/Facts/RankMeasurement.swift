import Comm
import Train

/// What a rank has measured while the others measured too.
struct RankMeasurement: Sendable, Codable, Equatable {
  /// 10⁹ operations a second of all its threads, all ranks at work; nil where there is no model.
  var gigaflops: Double?
  /// What one core reaches in products, beside what it could; nil where memory is wanting.
  var products: ProductRates?
  /// Ranks of other jobs on the one processor of this rank.
  var rivals: [String] = []
  /// The load of the host, by its first rank.
  var load: ProcessorLoad?
  /// The disk of the run directory, by rank zero.
  var disk: DiskProbe?
  /// What the file system of the run directory can do, by rank zero; nil where it cannot be written.
  var storage: StorageProbe?
  /// Whether the rank sees what rank zero has written; nil where that failed.
  var seesRunDirectory: Bool?
  /// Why the memory of another rank of the host cannot be read.
  var singleCopyFault: String?
  /// Why the ranks cannot share memory.
  var sharedMemoryFault: String?
  /// The network interfaces of the host.
  var interfaces: [NetworkInterface] = []
  /// Seconds of a short message and of ``linkBytes`` to the next host; nil within one host.
  var latencySeconds: Double?
  /// Bytes a second to the next host while as many arrive.
  var linkBytesPerSecond: Double?

  /// Floats of the large message between hosts: 16 MB.
  static let linkFloats = 4_000_000
}
