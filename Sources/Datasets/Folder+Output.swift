import Files
import Glibc

/// Folders that are written and replaced: nothing is done through a link, and nothing foreign goes.
extension Folder {
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
  /// - Throws: ``DatasetError`` for a link, a file or anything else with the name.
  func isThere() throws(DatasetError) -> Bool {
    switch try kind() {
    case nil: return false
    case S_IFDIR: return true
    default:
      throw DatasetError(
        .exists, FileLocation(path), "is not a folder; move it away or choose another folder")
    }
  }

  /// The names in the folder, sorted, but for the file by which it is locked.
  func contentNames() throws(DatasetError) -> [String] {
    try names().filter { $0 != FolderLock.fileName }
  }

  /// The first name in the folder that `isOurs` does not accept, or that another folder has.
  ///
  /// - Returns: nil if there are files of ours alone.
  func firstForeign(_ isOurs: (String) -> Bool) throws(DatasetError) -> String? {
    for name in try contentNames() {
      let kind = try Folder(path: "\(path)/\(name)").kind()
      if !isOurs(name) || kind == S_IFDIR { return name }
    }
    return nil
  }

  /// The kind of what has the path, links not followed, as `S_IFMT` cuts it out; nil for nothing.
  private func kind() throws(DatasetError) -> mode_t? {
    var status = stat()
    do {
      try SystemCallError.check("lstat", path) { unsafe lstat(path, &status) }
    } catch {
      if error.number == ENOENT { return nil }
      throw .system(error, "cannot examine")
    }
    return status.st_mode & S_IFMT
  }

  private func followingLinks() throws(DatasetError) -> Folder {
    do {
      let end = Folder(path: try SystemPath.resolvingLinks(path))
      // What is next to such a name is not what is next to the folder.
      return [".", ".."].contains(end.split.name) ? Folder(path: try end.realPath()) : end
    } catch let error as DatasetError {
      throw error
    } catch let error as LinkError {
      throw DatasetError(error)
    } catch {
      preconditionFailure("an error of another kind: \(error)")
    }
  }

  /// A process whose current folder is replaced is in one that is gone.
  private func refuseCurrent() throws(DatasetError) {
    var (own, current) = (stat(), stat())
    guard unsafe stat(path, &own) == 0, unsafe stat(".", &current) == 0 else { return }
    guard own.st_dev != current.st_dev || own.st_ino != current.st_ino else {
      throw DatasetError(
        .exists, FileLocation(path),
        "is the folder that you are in and would be replaced; start from the one above")
    }
  }

  private func realPath() throws(DatasetError) -> String {
    guard let found = unsafe realpath(path, nil) else { throw .system(path, "cannot examine") }
    defer { unsafe free(found) }
    let name = unsafe FileName(Array(UnsafeRawBufferPointer(start: found, count: strlen(found))))
    guard let text = name.text else {
      throw DatasetError(.notUTF8(link: path, target: name.bytes))
    }
    return text
  }
}

extension DatasetError {
  fileprivate init(_ error: LinkError) {
    switch error {
    case .notUTF8(let link, let target):
      self.init(
        .invalid, FileLocation(link),
        "leads to a name that is not UTF-8 ('\(escaped(target))'); choose another folder")
    case .failed(let error) where error.number == ELOOP:
      self.init(
        .invalid, FileLocation(error.path), "the links lead in a circle; choose another folder")
    case .failed(let error): self = .system(error, "cannot follow the link")
    }
  }
}
