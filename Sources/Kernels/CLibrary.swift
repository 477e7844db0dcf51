import Glibc

/// The C library, whose exponentials, logarithms and powers losses and updates are made of.
public enum CLibrary {
  /// Its name and version, such as "glibc 2.36".
  public static var version: String {
    var name = [CChar](repeating: 0, count: 64)
    let length = unsafe confstr(Int32(_CS_GNU_LIBC_VERSION), &name, name.count)
    guard (1...name.count).contains(length) else { return "unknown" }
    return String(decoding: name.prefix(length - 1).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
