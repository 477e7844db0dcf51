import Glibc

/// The hidden folder in which a set of text grows until it takes its place.
///
/// It outlives a process that ends early; the next one with equal settings continues in it.
final class TextDraft {
  let folder: Folder

  /// The record in the folder, or a new one.
  private(set) var record: PreparationRecord

  private let target: Folder
  private let lock: FolderLock

  /// Makes the draft of the set in `target`, or takes up the one that is there.
  ///
  /// - Throws: ``DatasetError`` if the target or the draft has content that may not be replaced, or
  ///   another process is at work on it.
  init(
    of target: Folder, settings: PreparationSettings, replacing: Bool
  ) throws(DatasetError) {
    self.target = target
    folder = target.hiddenNeighbour(".incomplete")
    try Self.requireReplaceable(target, replacing: replacing)
    lock = try FolderLock(making: folder)
    record = PreparationRecord(settings: settings)
    let found = try PreparationRecord(in: folder)
    if let found, found.settings == settings {
      record = found
      return
    }
    // Without a full shard there is nothing that could be lost.
    let hasShards = found.map { $0.finishedShards > 0 || $0.isComplete } ?? false
    try Self.requireReplaceable(folder, replacing: replacing || !hasShards)
    for name in try folder.contentNames() { try folder.removeFile(name) }
  }

  deinit {
    // A folder that holds nothing is of no use to a later process; any other stays.
    _ = Result { () throws(DatasetError) in try lock.remove(from: folder) }
    _ = unsafe rmdir(folder.path)
  }

  /// Why nothing keeps another process out of the folder; nil if the lock does.
  var lackOfLock: String? { lock.lack }

  /// Whether there is a vocabulary to continue with.
  var isBegun: Bool {
    get throws(DatasetError) { try PreparationRecord(in: folder) != nil }
  }

  /// The vocabulary that was put here.
  func vocabulary() throws(DatasetError) -> Vocabulary {
    guard let name = try folder.names().first(where: Vocabulary.fileNames.contains) else {
      throw DatasetError(
        .missing, FileLocation(folder.path),
        "the vocabulary of an unfinished set is gone; give --force to start again")
    }
    return try Vocabulary(contentsOf: "\(folder.path)/\(name)")
  }

  /// Writes the vocabulary; from now on a later process can continue.
  func begin(with vocabulary: Vocabulary) throws(DatasetError) {
    try folder.replaceFile(vocabulary.fileName, with: vocabulary.content)
    try write(record)
  }

  /// Keeps `record`; returns when it is on the disk.
  func write(_ record: PreparationRecord) throws(DatasetError) {
    self.record = record
    try record.write(in: folder)
  }

  /// Puts the complete set in its place.
  func publish() throws(DatasetError) {
    try folder.synchronize()
    if try target.isThere() {
      try folder.replace(target)
    } else {
      try folder.move(to: target)
    }
    try target.parent.synchronize()
    try lock.remove(from: target)
  }

  /// Whether `folder` is absent, empty, or a set of text that may go.
  private static func requireReplaceable(
    _ folder: Folder, replacing: Bool
  ) throws(DatasetError) {
    guard try folder.isThere() else { return }
    if let other = try folder.firstForeign(isOurs) {
      throw DatasetError(
        .exists, FileLocation("\(folder.path)/\(other)"),
        "the folder holds more than shards of text and stays as it is; choose another one")
    }
    let isEmpty = try folder.contentNames().isEmpty
    guard replacing || isEmpty else {
      throw DatasetError(
        .exists, FileLocation(folder.path),
        "shards are here already, finished or begun with other settings; choose another folder or "
          + "give --force")
    }
  }

  private static func isOurs(_ name: String) -> Bool {
    let files = Vocabulary.fileNames + [PreparationRecord.fileName]
    return name.hasSuffix(".shard") && !name.hasPrefix(".") || files.contains(name)
      || files.contains { name == Folder.newName(of: $0) }
  }
}
