import Glibc

/// A link that could not be followed.
public enum LinkError: Error, Sendable {
  /// The link points to a name that is not UTF-8, and cannot be written as text.
  case notUTF8(link: String, target: [UInt8])
  /// The system call failed; `ELOOP` for a cycle of links.
  case failed(SystemCallError)

  /// The cause, for people.
  public var reason: String {
    switch self {
    case .notUTF8: "its link leads to a name that is not UTF-8"
    case .failed(let cause): cause.reason
    }
  }
}

/// Paths, and the links in them.
public enum SystemPath {
  /// Where the symbolic link `path` points; nil if it is not a link.
  ///
  /// - Throws: ``LinkError``.
  public static func destination(ofLink path: String) throws(LinkError) -> String? {
    var text = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(path, &text, text.count)
    guard count >= 0 else {
      let number = errno
      if number == ENOENT || number == EINVAL { return nil }
      throw .failed(SystemCallError(call: "readlink", path: path, number: number))
    }
    let name = FileName(text[..<count].map(UInt8.init(bitPattern:)))
    guard let target = name.text else { throw .notUTF8(link: path, target: name.bytes) }
    return target
  }

  /// `path` with links at its end resolved, whether or not the target exists.
  ///
  /// - Throws: ``LinkError``.
  public static func resolvingLinks(_ path: String) throws(LinkError) -> String {
    var found = withoutSlashes(path)
    // The kernel's own limit.
    for _ in 0..<40 {
      guard let target = try destination(ofLink: found) else { return found }
      let start = target.hasPrefix("/") ? "" : folder(of: found)
      found = withoutSlashes(start.isEmpty ? target : joined(start, target))
    }
    throw .failed(SystemCallError(call: "readlink", path: path, number: ELOOP))
  }

  /// `path` as seen from the root, without `.` and empty parts, and without `..` but behind a link: there it
  /// means the folder above the link's target.
  ///
  /// - Parameters:
  ///   - path: the path of something that may not exist.
  ///   - folder: from where a path counts that does not begin at the root; itself it does.
  /// - Returns: a path of the same place.
  public static func absolute(_ path: String, from folder: String) -> String {
    let whole = path.hasPrefix("/") ? path : "\(folder)/\(path)"
    var parts: [Substring] = []
    for part in whole.split(separator: "/") where part != "." {
      let before = "/" + parts.joined(separator: "/")
      if part != ".." || parts.last == ".." || mayBeLink(before) {
        parts.append(part)
      } else {
        _ = parts.popLast()
      }
    }
    return "/" + parts.joined(separator: "/")
  }

  private static func mayBeLink(_ path: String) -> Bool {
    do throws(LinkError) {
      return try destination(ofLink: path) != nil
    } catch {
      return true
    }
  }

  /// The folder that contains `path`.
  public static func folder(of path: String) -> String {
    let isAbsolute = path.hasPrefix("/")
    let parts = path.split(separator: "/").dropLast()
    if parts.isEmpty { return isAbsolute ? "/" : "." }
    return (isAbsolute ? "/" : "") + parts.joined(separator: "/")
  }

  private static func joined(_ folder: String, _ name: String) -> String {
    switch folder {
    case ".": name
    case "/": "/\(name)"
    default: "\(folder)/\(name)"
    }
  }

  /// `path` without slashes at its end: they would turn a link into the folder that it points to.
  package static func withoutSlashes(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}

/// A file name: bytes, because the system does not require UTF-8.
public struct FileName: Sendable, Hashable, CustomStringConvertible {
  /// The bytes of the name.
  public let bytes: [UInt8]

  /// The name of these bytes.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The name as text; nil if it is not UTF-8, since a repaired name would be a different one.
  public var text: String? { String(validating: bytes, as: UTF8.self) }

  /// The name for people.
  public var description: String { text ?? escaped(bytes) }

  /// The name as C wants it.
  var cString: [CChar] { bytes.map(CChar.init(bitPattern:)) + [0] }
}

/// Bytes of a name for people: each that is not printable ASCII as `\xFF`.
public func escaped(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { byte in
    if (0x20...0x7e).contains(byte) { return String(UnicodeScalar(byte)) }
    let digits = String(byte, radix: 16, uppercase: true)
    return "\\x" + (byte < 16 ? "0" : "") + digits
  }.joined()
}
