import Glibc

/// The hidden folder in which the sets of one task grow beside the folder that it becomes.
///
/// It takes its place by one rename when all sets are on the disk: a reader never sees part of them. What a killed
/// process left is removed by the next one, which writes the same bytes.
final class SetsDraft {
  private let target: Folder
  private let draft: Folder
  private let lock: FolderLock
  private var isPublished = false

  /// Whether the hidden folder was found to have nothing but sets, and no other process at work.
  private var isOwn = false

  /// Why the file system has no locks, so that nothing keeps a second process out; nil if it has.
  var lackOfLock: String? { lock.lack }

  /// The hidden folder.
  var path: String { draft.path }

  /// Makes the hidden folder of `directory`.
  ///
  /// - Throws: ``DatasetError`` if the folder has content that may not be replaced: sets unless `replacing`, and
  ///   anything else; or if another process is at work on it.
  init(of directory: String, replacing: Bool) throws(DatasetError) {
    target = try Folder.output(directory, replacing: replacing)
    draft = target.hiddenNeighbour(".incomplete")
    try Self.requireReplaceable(target, replacing: replacing)
    lock = try FolderLock(making: draft)
    // What is here was left by a process that no longer holds the lock. Without locks this is unknown.
    try Self.requireReplaceable(draft, replacing: replacing || lock.lack == nil)
    isOwn = true
    for name in try draft.contentNames() { try Folder(path: "\(draft.path)/\(name)").remove() }
  }

  deinit {
    if isPublished || !isOwn { return }
    // This cannot be reported here; the next process removes what is left.
    _ = Result { () throws(DatasetError) in
      for name in try draft.contentNames() { try Folder(path: "\(draft.path)/\(name)").remove() }
      try lock.remove(from: draft)
    }
    _ = unsafe rmdir(draft.path)
  }

  /// Makes the folder of one set.
  func makeFolder(_ set: PreparedSet) throws(DatasetError) -> Folder {
    let folder = Folder(path: "\(draft.path)/\(set.rawValue)")
    try folder.create()
    return folder
  }

  /// Puts the complete sets in their place.
  func publish() throws(DatasetError) {
    try draft.synchronize()
    if try target.isThere() {
      try draft.replace(target)
    } else {
      try draft.move(to: target)
    }
    isPublished = true
    try target.parent.synchronize()
    try lock.remove(from: target)
  }

  /// Whether `folder` is absent, empty, or holds sets that may go.
  private static func requireReplaceable(
    _ folder: Folder, replacing: Bool
  ) throws(DatasetError) {
    guard try folder.isThere() else { return }
    let names = try folder.contentNames()
    for name in names {
      if let other = try foreign(name, in: folder) {
        throw DatasetError(
          .exists, FileLocation("\(folder.path)/\(other)"),
          "the folder holds more than sets of labelled text and stays as it is; choose another one")
      }
    }
    guard replacing || names.isEmpty else {
      throw DatasetError(
        .exists, FileLocation(folder.path),
        "sets are here already, finished or being written; choose another folder or give --force")
    }
  }

  /// What in `name` of `folder` is not part of a set; nil if all of it is.
  private static func foreign(_ name: String, in folder: Folder) throws(DatasetError) -> String? {
    let inner = Folder(path: "\(folder.path)/\(name)")
    guard PreparedSet(rawValue: name) != nil, inner.exists else { return name }
    return try inner.firstForeign(isOurs).map { "\(name)/\($0)" }
  }

  private static func isOurs(_ name: String) -> Bool {
    let files = Vocabulary.fileNames + [QuestionFile.fileName]
    return name.hasSuffix(".shard") && !name.hasPrefix(".") || files.contains(name)
      || files.contains { name == Folder.newName(of: $0) }
  }
}
