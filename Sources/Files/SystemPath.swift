import Glibc

/// Why a link could not be followed.
public enum LinkError: Error, Sendable {
  /// The link leads to a name that is not UTF-8: as text it would be another one.
  case notUTF8(link: String, target: [UInt8])
  /// The system refused; `ELOOP` where links lead in a circle.
  case failed(SystemCallError)
}

/// Paths, and the links in them.
public enum SystemPath {
  /// Where the symbolic link `path` points; nil where there is no link.
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

  /// `path` with the links resolved that it is itself, whether or not there is anything at their end.
  ///
  /// - Throws: ``LinkError``.
  public static func resolvingLinks(_ path: String) throws(LinkError) -> String {
    var found = withoutSlashes(path)
    // As many as the kernel follows.
    for _ in 0..<40 {
      guard let target = try destination(ofLink: found) else { return found }
      let start = target.hasPrefix("/") ? "" : folder(of: found)
      found = withoutSlashes(start.isEmpty ? target : joined(start, target))
    }
    throw .failed(SystemCallError(call: "readlink", path: path, number: ELOOP))
  }

  /// The folder that `path` lies in.
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

  /// A slash at the end would make a link the folder that it leads to.
  private static func withoutSlashes(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}
