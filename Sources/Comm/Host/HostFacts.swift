import Glibc

/// The name of this machine.
enum HostName {
  static var current: String {
    var name = [CChar](repeating: 0, count: 256)
    // The last byte stays zero, so that a name that was cut ends too.
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "unknown host" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// A limit that the system puts on this process.
public enum ResourceLimit: Sendable {
  /// The memory that it may address, in bytes (`ulimit -v`).
  case addressSpace
  /// The private memory that it may write to, in bytes (`ulimit -d`).
  case data
  /// The length that it may give a file, in bytes (`ulimit -f`).
  case fileSize

  /// The limit that counts now; nil if there is none.
  ///
  /// - Throws: ``HostError``.
  public func current() throws(HostError) -> Int? {
    let (resource, name) =
      switch self {
      case .addressSpace: (RLIMIT_AS, "the address space")
      case .data: (RLIMIT_DATA, "the data")
      case .fileSize: (RLIMIT_FSIZE, "the size of files")
      }
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else {
      throw HostError(call: "getrlimit of \(name)", error: errno)
    }
    return limit.rlim_cur == .max ? nil : Int(clamping: limit.rlim_cur)
  }
}

/// A network interface of this host that is up and has an IPv4 address.
public struct NetworkInterface: Sendable, Equatable, Codable {
  /// Its name, as in `eth0`.
  public let name: String
  /// Its network, as in `10.0.0.0/24`.
  public let network: String
  /// Whether it leads back to this host only.
  public let isLoopback: Bool

  /// An interface.
  public init(name: String, network: String, isLoopback: Bool) {
    self.name = name
    self.network = network
    self.isLoopback = isLoopback
  }

  /// The interfaces of this host.
  ///
  /// - Throws: ``HostError``.
  public static func all() throws(HostError) -> [NetworkInterface] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard unsafe getifaddrs(&first) == 0 else { throw HostError(call: "getifaddrs", error: errno) }
    defer { unsafe freeifaddrs(first) }
    var interfaces: [NetworkInterface] = []
    var next = unsafe first
    while let entry = unsafe next {
      if let interface = unsafe Self(entry.pointee) { interfaces.append(interface) }
      unsafe next = entry.pointee.ifa_next
    }
    return interfaces
  }

  private init?(_ entry: ifaddrs) {
    let flags = unsafe entry.ifa_flags
    guard flags & UInt32(IFF_UP) != 0, let address = unsafe Self.ipv4(entry.ifa_addr),
      let mask = unsafe Self.ipv4(entry.ifa_netmask)
    else { return nil }
    let network = address & mask
    let bytes = [24, 16, 8, 0].map { "\(network >> $0 & 255)" }.joined(separator: ".")
    self.init(
      name: unsafe String(cString: entry.ifa_name), network: "\(bytes)/\(mask.nonzeroBitCount)",
      isLoopback: flags & UInt32(IFF_LOOPBACK) != 0)
  }

  private static func ipv4(_ address: UnsafeMutablePointer<sockaddr>?) -> UInt32? {
    guard let address = unsafe address, unsafe address.pointee.sa_family == UInt16(AF_INET) else {
      return nil
    }
    return unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr
      .bigEndian
  }
}

/// A system call about this host that failed.
public struct HostError: Error, CustomStringConvertible, Sendable, Equatable {
  /// One line: the call, what it was about, and the system's reason.
  public let description: String

  /// A system call that has just failed.
  init(call: String, error: Int32) {
    description = "\(call): \(unsafe String(cString: strerror(error)))"
  }
}
