import CMPI
import Glibc

/// The file system that holds a path.
public struct FileSystem: Sendable, Equatable, Codable {
  /// The path that was asked about.
  public let path: String
  /// Bytes that this process may still write.
  public let freeBytes: Int
  /// All bytes, used or not.
  public let totalBytes: Int
  /// What it is, as in `ext4` or `NFS`; a number where it has no name here.
  public let kind: String
  /// Whether it is on other machines, so that each call may take long.
  public let isOnNetwork: Bool

  /// A file system with all values known.
  public init(path: String, freeBytes: Int, totalBytes: Int, kind: String, isOnNetwork: Bool) {
    self.path = path
    self.freeBytes = freeBytes
    self.totalBytes = totalBytes
    self.kind = kind
    self.isOnNetwork = isOnNetwork
  }

  /// Asks the kernel.
  ///
  /// - Parameter path: a file or folder that is there.
  /// - Throws: ``HostError``.
  public init(at path: String) throws(HostError) {
    var status = statfs()
    guard unsafe statfs(path, &status) == 0 else {
      throw HostError(call: "statfs of \(path)", error: errno)
    }
    let number = Int(status.f_type)
    let known = Self.kinds[number]
    let block = Int(status.f_frsize)
    self.init(
      path: path, freeBytes: Self.bytes(status.f_bavail, of: block),
      totalBytes: Self.bytes(status.f_blocks, of: block),
      kind: known?.name ?? "file system \(String(number, radix: 16))",
      isOnNetwork: known?.isOnNetwork ?? false)
  }

  /// A file system without a limit has more blocks than bytes can be counted.
  private static func bytes(_ blocks: UInt, of size: Int) -> Int {
    let (bytes, overflows) = blocks.multipliedReportingOverflow(by: UInt(size))
    return overflows ? .max : Int(clamping: bytes)
  }

  /// - Note: Source: statfs(2), linux/magic.h and the headers of Lustre, GPFS and BeeGFS.
  private static let kinds: [Int: (name: String, isOnNetwork: Bool)] = [
    0xef53: ("ext4", false), 0x5846_5342: ("XFS", false), 0x9123_683e: ("Btrfs", false),
    0x0102_1994: ("tmpfs", false), 0x794c_7630: ("overlay", false), 0x2fc1_2fc1: ("ZFS", false),
    0x6969: ("NFS", true), 0xff53_4d42: ("CIFS", true), 0xfe53_4d42: ("SMB", true),
    0x0bd0_0bd0: ("Lustre", true), 0x4750_4653: ("GPFS", true), 0x1983_0326: ("BeeGFS", true),
    0x00c3_6400: ("CephFS", true), 0x5346_414f: ("AFS", true), 0x0102_1997: ("9p", true),
    0x2003_0528: ("OrangeFS", true), 0x6573_5546: ("FUSE", true),
  ]
}
