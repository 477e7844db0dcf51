import Glibc

/// The hidden folder in which a set of shards grows beside the one that it becomes.
///
/// It takes its place by a rename when all is on the disk: a reader never sees part of a set. A draft that
/// is dropped unfinished is removed; what a killed process left goes with the next.
final class ShardDraft {
  /// Why the file system has no locks, so that nothing keeps a second writer out; nil where it has.
  var lackOfLock: String? { lock.lack }

  /// Where the shards are written.
  var path: String { draft.path }

  private let target: Folder
  /// The folder as the caller named it.
  private let directory: String
  private let draft: Folder
  private let lock: FolderLock
  private let isReplacing: Bool
  /// What is in the hidden folder: nothing of ours, the set that grows, or nothing any more.
  private enum Stage {
    case locked, growing, finished
  }
  private var stage = Stage.locked

  /// Makes the hidden folder of the set that is to be in `directory`.
  ///
  /// - Throws: ``DatasetError`` if the folder has content that may not be replaced: shards unless
  ///   `replacing`, and any other file, or if another process is at work on it.
  init(of directory: String, replacing: Bool) throws(DatasetError) {
    self.directory = directory
    target = try Folder.output(directory, replacing: replacing)
    draft = target.hiddenNeighbour(".incomplete")
    isReplacing = try Self.holdsShards(target, replacing: replacing)
    lock = try FolderLock(making: draft)
    // What a writer has left that holds the lock no more is of no use. Without locks nobody knows.
    _ = try Self.holdsShards(draft, replacing: replacing || lock.lack == nil)
    for name in try draft.contentNames() { try draft.removeFile(name) }
    stage = .growing
  }

  deinit {
    // Nobody can be told here; the next writer names what is left.
    switch stage {
    case .locked:
      _ = Result { () throws(DatasetError) in try lock.remove(from: draft) }
      // What others have put there keeps it.
      _ = unsafe rmdir(draft.path)
    case .growing: _ = Result { () throws(DatasetError) in try remove() }
    case .finished: break
    }
  }

  /// Removes the hidden folder, and last of all the file by which it is locked.
  private func remove() throws(DatasetError) {
    for name in try draft.contentNames() { try draft.removeFile(name) }
    try draft.remove()
  }

  /// The path of a shard while it grows.
  func growingPath(_ number: Int) -> String { "\(draft.path)/\(Self.growingName(number))" }

  /// Gives `count` shards, which are complete, their names, and puts the set in its place.
  ///
  /// - Returns: the paths of the shards in order.
  func finish(count: Int) throws(DatasetError) -> [String] {
    precondition(stage == .growing, "\(target.path) is finished")
    var names: [String] = []
    for number in 0..<count {
      names.append("\(fiveDigits(number))-of-\(fiveDigits(count)).shard")
      try draft.rename(Self.growingName(number), to: names[number])
    }
    try draft.synchronize()
    if isReplacing {
      try draft.replace(target)
    } else {
      try draft.move(to: target)
    }
    stage = .finished
    try target.parent.synchronize()
    try lock.remove(from: target)
    return names.map { "\(directory)/\($0)" }
  }

  /// What is said where nothing was written.
  func requireShards(_ count: Int) throws(DatasetError) {
    if count > 0 { return }
    throw DatasetError(.invalid, FileLocation(target.path), "the set is empty; add samples")
  }

  private static func growingName(_ number: Int) -> String { "\(number).shard" }

  private func fiveDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(5 - digits.count, 0)) + digits
  }

  /// Whether there are shards in `folder`, which may then be replaced.
  private static func holdsShards(
    _ folder: Folder, replacing: Bool
  ) throws(DatasetError) -> Bool {
    guard try folder.isThere() else { return false }
    if let other = try folder.firstForeign({ $0.hasSuffix(".shard") && !$0.hasPrefix(".") }) {
      throw DatasetError(
        .exists, FileLocation("\(folder.path)/\(other)"),
        "the folder holds more than shards and stays as it is; choose another one")
    }
    let isEmpty = try folder.contentNames().isEmpty
    guard replacing || isEmpty else {
      throw DatasetError(
        .exists, FileLocation(folder.path),
        "shards are here already, finished or being written; choose another folder or give --force")
    }
    return true
  }
}
