import Files
import Glibc

/// The files below a folder, links followed, ``Litter`` left out.
struct PictureFolder: Sendable {
  /// The folder.
  let path: String

  /// Paths of files from the folder on, sorted by code point.
  let files: [String]

  /// The names of the folders in it, with files or without, sorted by code point.
  let folders: [String]

  /// What was left out, as paths from the folder on.
  let skipped: [String]

  /// Lists everything below the folder at `path`.
  ///
  /// - Throws: ``DatasetError`` where a folder cannot be listed, a link leads nowhere or in a circle, or a
  ///   name is not UTF-8.
  init(_ path: String) throws(DatasetError) {
    guard try FileIdentity(path).isFolder else {
      throw DatasetError(
        .invalid, FileLocation(path),
        "is a file, not a folder of pictures; name the folder, or take format tar for an archive")
    }
    var walk = Walk(root: path)
    try walk.enter("", within: [])
    self.path = path
    files = walk.files.sorted(by: precedes)
    folders = walk.folders.sorted(by: precedes)
    skipped = walk.skipped.sorted(by: precedes)
  }

  /// The walk through the folder, which notes what it finds.
  private struct Walk {
    let root: String
    var files: [String] = []
    var folders: [String] = []
    var skipped: [String] = []

    /// Looks at the folder `name`, inside of folders that are known to the system as `parents`.
    mutating func enter(_ name: String, within parents: [FileIdentity]) throws(DatasetError) {
      let path = name.isEmpty ? root : "\(root)/\(name)"
      let identity = try FileIdentity(path)
      guard !parents.contains(identity) else {
        throw DatasetError(
          .invalid, FileLocation(path),
          "is a link to a folder that contains it, and a walk would not end; remove it")
      }
      func within(_ entry: String) -> String { name.isEmpty ? entry : "\(name)/\(entry)" }
      let (data, litter) = try Folder(path: path).sortedNames()
      skipped += litter.map(within)
      for entry in data {
        let inner = within(entry)
        let found = try FileIdentity("\(root)/\(inner)")
        if found.isFolder {
          if name.isEmpty { folders.append(entry) }
          try enter(inner, within: parents + [identity])
        } else if found.isFile {
          files.append(inner)
        } else {
          throw DatasetError(
            .invalid, FileLocation("\(root)/\(inner)"),
            "is a pipe, a socket or a device, not a picture; move it away")
        }
      }
    }
  }
}

/// What the system knows a file or folder by, at the end of all links.
struct FileIdentity: Equatable {
  let isFolder: Bool
  /// Whether it is a file with content.
  let isFile: Bool
  private let device: UInt
  private let number: UInt

  /// Looks at `path`.
  ///
  /// - Throws: ``DatasetError`` where nothing is there: a link may lead nowhere.
  init(_ path: String) throws(DatasetError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      if errno == ELOOP {
        throw DatasetError(.invalid, FileLocation(path), "the links lead in a circle; remove them")
      }
      throw .system(path, "cannot examine")
    }
    isFolder = status.st_mode & S_IFMT == S_IFDIR
    isFile = status.st_mode & S_IFMT == S_IFREG
    device = UInt(status.st_dev)
    number = UInt(status.st_ino)
  }
}
