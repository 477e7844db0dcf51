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
