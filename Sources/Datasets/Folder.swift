import Files
import Glibc

/// A folder and the system calls that make, list, move and remove it.
struct Folder: Sendable {
  let path: String

  /// Whether there is a folder at the path.
  var exists: Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The folder that this one lies in.
  var parent: Folder { Folder(path: split.parent) }

  /// The folder beside this one whose name is this one's between a dot and `suffix`.
  func hiddenNeighbour(_ suffix: String) -> Folder {
    Folder(path: "\(split.parent)/.\(split.name)\(suffix)")
  }

  /// Makes the folder, which must not be there, inside one that is, with the rights that the umask
  /// leaves.
  func create() throws(DatasetError) {
    guard unsafe mkdir(path, 0o777) == 0 else { throw .system(path, "cannot make the folder") }
  }

  /// The names of what is in the folder, sorted.
  ///
  /// - Throws: ``DatasetError``, also for a name that is not UTF-8: as text it would be another one.
  func names() throws(DatasetError) -> [String] {
    try decode(try entries())
  }

  /// The names of what people put into the folder, sorted.
  func visibleNames() throws(DatasetError) -> [String] {
    try sortedNames().data
  }

  /// The names in the folder, sorted: those of what people put there, and for people those of ``Litter``.
  func sortedNames() throws(DatasetError) -> (data: [String], litter: [String]) {
    let all = try entries()
    return (
      try decode(all.filter { !Litter.has($0) }),
      all.filter { Litter.has($0) }.map(\.description).sorted()
    )
  }

  /// The names of data that end in one of `endings`, in whatever case, and a line about the others.
  func names(
    ending endings: [String]
  ) throws(DatasetError) -> (names: [String], remark: String?) {
    let all = try visibleNames()
    let names = all.filter { name in endings.contains { name.lowercased().hasSuffix($0) } }
    let others = all.filter { !names.contains($0) }
    if others.isEmpty { return (names, nil) }
    return (
      names,
      "\(path): left out because their names do not end in \(endings[0]): \(Self.first(of: others))"
    )
  }

  /// The first of many names, for people.
  static func first(of names: [String]) -> String {
    let shown = names.prefix(5).joined(separator: ", ")
    return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
  }

  private func decode(_ entries: [FileName]) throws(DatasetError) -> [String] {
    var names: [String] = []
    for entry in entries {
      guard let name = entry.text else {
        throw DatasetError(
          .invalid, FileLocation(path),
          "a name in the folder is not UTF-8 ('\(entry)'); give that file another name")
      }
      names.append(name)
    }
    return names.sorted()
  }

  private func entries() throws(DatasetError) -> [FileName] {
    do {
      return try OpenFolder(path).names()
    } catch {
      throw .system(error, "cannot list")
    }
  }

  /// Removes the folder and all that is in it; links are removed, never followed.
  func remove() throws(DatasetError) {
    try OpenFolder.removeTree(path) {
      .system($0, "cannot remove")
    } willRemove: { _, _ throws(DatasetError) in
    }
  }

  /// Removes a file in the folder.
  func removeFile(_ name: String) throws(DatasetError) {
    guard unsafe unlink("\(path)/\(name)") == 0 else {
      throw .system("\(path)/\(name)", "cannot remove")
    }
  }

  /// Gives a file in the folder another name, also one that another file has.
  func rename(_ name: String, to newName: String) throws(DatasetError) {
    guard unsafe Glibc.rename("\(path)/\(name)", "\(path)/\(newName)") == 0 else {
      throw .system("\(path)/\(newName)", "cannot give a file its name")
    }
  }

  /// Replaces a file of the folder, or makes it, and returns when it is on the disk.
  ///
  /// Whenever the process ends, the file is the old or the new one, and whole.
  func replaceFile(_ name: String, with bytes: [UInt8]) throws(DatasetError) {
    let new = Self.newName(of: name)
    if try names().contains(new) { try removeFile(new) }
    let file = try OpenFile(creating: "\(path)/\(new)")
    try file.write(bytes, at: 0)
    try file.synchronize()
    try rename(new, to: name)
    try synchronize()
  }

  /// The name of what is to replace a file, while it is being written.
  static func newName(of name: String) -> String { ".\(name).new" }

  /// Gives the folder the path of `other`, which must not be there or be empty.
  func move(to other: Folder) throws(DatasetError) {
    guard unsafe Glibc.rename(path, other.path) == 0 else {
      throw .system(other.path, "cannot move the finished folder here")
    }
  }

  /// Gives the folder the path of `other`, which is removed with the files in it.
  ///
  /// Whatever fails or ends the process on the way, one of the two sets is whole on the disk: the
  /// older one under its hidden name for the moment between two renames. It stays there where the system refuses
  /// to remove it, as it does with files in use on NFS; the next set to come tries again.
  func replace(_ other: Folder) throws(DatasetError) {
    let older = try other.placeAside()
    try other.move(to: older)
    do throws(DatasetError) {
      try move(to: other)
    } catch {
      try older.move(to: other)
      throw error
    }
    _ = older.tryToRemove()
  }

  /// A hidden name that nothing has, once what earlier sets have left is removed as far as the system allows.
  private func placeAside() throws(DatasetError) -> Folder {
    var number = 0
    while true {
      let place = hiddenNeighbour(number == 0 ? ".replaced" : ".replaced-\(number)")
      if try !place.isThere() || place.tryToRemove() { return place }
      number += 1
    }
  }

  /// Removes the folder, and tells whether the system has allowed it.
  private func tryToRemove() -> Bool {
    do throws(DatasetError) {
      try remove()
      return true
    } catch {
      return false
    }
  }

  /// Returns when the names in the folder are on the disk, where the file system can tell.
  func synchronize() throws(DatasetError) {
    let result: FolderSync
    do {
      result = try FolderSync(ofFolder: path)
    } catch {
      throw .system(
        error,
        error.call == "open" ? "cannot open the folder" : "cannot write the folder to the disk")
    }
    guard case .failed(let number) = result else { return }
    errno = number
    throw .system(path, "cannot write the folder to the disk")
  }

  var split: (parent: String, name: String) {
    var parts = path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    let name = parts.popLast() ?? "."
    let parent = parts.joined(separator: "/")
    if path.hasPrefix("/") { return ("/" + parent, name) }
    return (parent.isEmpty ? "." : parent, name)
  }
}

/// What systems and programs leave where they have worked, which is not data anywhere.
///
/// Such are names that begin with a dot, as `._a.txt`, `.DS_Store`, `.nfs0001` and `.ipynb_checkpoints`, and those
/// by which Windows, macOS, file systems and network storage keep thumbnails, forks and deleted files.
enum Litter {
  private static let names: Set<String> = [
    "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information",
    "__macosx", "icon\r", "lost+found", "@eadir", "@__thumb", "@recycle", "#recycle",
    "#snapshot",
  ]

  /// Whether the name is one of them, in whatever case.
  static func has(_ name: FileName) -> Bool {
    name.bytes.first == UInt8(ascii: ".")
      || name.text.map { names.contains($0.lowercased()) } ?? false
  }
}
