internal import Glibc

/// Folders that are written and replaced: nothing is done through a link, and nothing foreign goes.
extension Folder {
  /// The most links that lead from one to the next, as for the system.
  private static let mostLinks = 40

  /// The folder that is meant by a path at which a data set is to be.
  ///
  /// A link is followed, also to where nothing is yet: a set is written beside the folder itself and
  /// takes its place, so the link stays. Where it is to be replaced, a set that a killed writer had
  /// moved aside, with nothing in its place yet, is put back first.
  ///
  /// - Throws: ``DatasetError`` if something other than a folder is there.
  static func output(_ path: String, replacing: Bool) throws(DatasetError) -> Folder {
    let folder = try Folder(path: path).followingLinks()
    try folder.refuseCurrent()
    let older = folder.hiddenNeighbour(".replaced")
    if replacing, try !folder.isThere(), try older.isThere() { try older.move(to: folder) }
    return folder
  }

  /// Whether the folder itself is there: false for nothing at all.
  ///
  /// - Throws: ``DatasetError`` for a link, a file or whatever else has the name.
  func isThere() throws(DatasetError) -> Bool {
    switch try kind() {
    case nil: return false
    case S_IFDIR: return true
    default:
      throw DatasetError(
        .exists, FileLocation(path), "is not a folder; move it away or choose another folder")
    }
  }

  /// The first name in the folder that `isOurs` does not accept, or that another folder has.
  ///
  /// - Returns: nil where there are files of ours alone.
  func firstForeign(_ isOurs: (String) -> Bool) throws(DatasetError) -> String? {
    for name in try names() {
      let kind = try Folder(path: "\(path)/\(name)").kind()
      if !isOurs(name) || kind == S_IFDIR { return name }
    }
    return nil
  }

  /// The kind of what has the path, links not followed, as `S_IFMT` cuts it out; nil for nothing.
  private func kind() throws(DatasetError) -> mode_t? {
    var status = stat()
    if retried({ unsafe lstat(path, &status) }) == 0 { return status.st_mode & S_IFMT }
    guard errno == ENOENT else { throw .system(path, "cannot examine") }
    return nil
  }

  private func followingLinks() throws(DatasetError) -> Folder {
    var folder = self
    for _ in 0..<Self.mostLinks {
      // A slash at the end would make a link the folder that it leads to.
      let (parent, name) = folder.split
      if name == "." || name == ".." { return Folder(path: try folder.realPath()) }
      folder = Folder(path: Self.path(name, in: parent))
      guard try folder.kind() == S_IFLNK else { return folder }
      let target = try folder.linkTarget()
      folder = Folder(path: target.hasPrefix("/") ? target : Self.path(target, in: parent))
    }
    throw DatasetError(
      .invalid, FileLocation(path), "the links lead in a circle; choose another folder")
  }

  private static func path(_ name: String, in parent: String) -> String {
    switch parent {
    case ".": name
    case "/": "/\(name)"
    default: "\(parent)/\(name)"
    }
  }

  /// Whoever stands in a folder that is replaced stands in one that is gone.
  private func refuseCurrent() throws(DatasetError) {
    var (own, current) = (stat(), stat())
    guard unsafe stat(path, &own) == 0, unsafe stat(".", &current) == 0 else { return }
    guard own.st_dev != current.st_dev || own.st_ino != current.st_ino else {
      throw DatasetError(
        .exists, FileLocation(path),
        "is the folder that you are in and would be replaced; start from the one above")
    }
  }

  private func linkTarget() throws(DatasetError) -> String {
    var characters = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(path, &characters, characters.count)
    guard count >= 0 else { throw .system(path, "cannot follow the link") }
    return try text(characters[..<count].map(UInt8.init(bitPattern:))[...])
  }

  private func realPath() throws(DatasetError) -> String {
    guard let found = unsafe realpath(path, nil) else { throw .system(path, "cannot examine") }
    defer { unsafe free(found) }
    return try text(unsafe Array(UnsafeRawBufferPointer(start: found, count: strlen(found)))[...])
  }

  private func text(_ bytes: ArraySlice<UInt8>) throws(DatasetError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DatasetError(
        .invalid, FileLocation(path),
        "leads to a name that is not UTF-8 ('\(escaped(bytes))'); choose another folder")
    }
    return text
  }
}

/// Bytes of a name for people: what is no printable ASCII as `\\xFF`.
func escaped(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { byte in
    if (0x20...0x7e).contains(byte) { return String(UnicodeScalar(byte)) }
    let digits = String(byte, radix: 16, uppercase: true)
    return "\\x" + (byte < 16 ? "0" : "") + digits
  }.joined()
}
