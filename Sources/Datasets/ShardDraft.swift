import Foundation
import Glibc

/// The hidden folder in which a set of shards grows beside the one that it becomes.
///
/// It takes its place by a rename when all is on the disk: a reader never sees part of a set. A draft that is
/// dropped unfinished is removed, unless a record shows the next process how to continue. Of what a killed process
/// left the next one keeps what it can use.
final class ShardDraft {
  /// The file in the hidden folder that records how far the set is, if one is written.
  static let recordName = "preparation.json"

  /// Why the file system has no locks, so that nothing keeps a second writer out; nil if it has.
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
  /// Whether a record is in the hidden folder.
  private var isRecorded = false

  /// Makes the hidden folder of the set that is to be in `directory`, or takes up the one that is there.
  ///
  /// - Parameters:
  ///   - directory: the folder of the set.
  ///   - replacing: whether an older set in it is to go.
  ///   - isUsable: whether what is in the hidden folder is to stay, for ``keep(shards:)`` to sort out.
  /// - Throws: ``DatasetError`` if the folder has content that may not be replaced: shards unless
  ///   `replacing`, and any other file, or if another process is at work on it.
  init(
    of directory: String, replacing: Bool,
    keepingIf isUsable: (Folder) throws(DatasetError) -> Bool = { _ throws(DatasetError) in false }
  ) throws(DatasetError) {
    self.directory = directory
    target = try Folder.output(directory, replacing: replacing)
    draft = target.hiddenNeighbour(".incomplete")
    isReplacing = try Self.holdsShards(target, replacing: replacing)
    lock = try FolderLock(making: draft)
    // What is here was left by a writer that no longer holds the lock. Without locks this is unknown.
    _ = try Self.holdsShards(draft, replacing: replacing || lock.lack == nil, isDraft: true)
    if try !isUsable(draft) {
      for name in try draft.contentNames() { try draft.removeFile(name) }
    }
    stage = .growing
  }

  deinit {
    // This cannot be reported here; the next writer names what is left.
    switch stage {
    case .locked:
      _ = Result { () throws(DatasetError) in try lock.remove(from: draft) }
      // What others have put there keeps it.
      _ = unsafe rmdir(draft.path)
    case .growing where !isRecorded: _ = Result { () throws(DatasetError) in try remove() }
    case .growing, .finished: break
    }
  }

  /// Removes the hidden folder, and last of all the file by which it is locked.
  private func remove() throws(DatasetError) {
    for name in try draft.contentNames() { try draft.removeFile(name) }
    try draft.remove()
  }

  /// The path of a shard while it grows.
  func growingPath(_ number: Int) -> String { "\(draft.path)/\(Self.growingName(number))" }

  /// Replaces the record; returns when it is on the disk.
  ///
  /// From then on the hidden folder outlives this process.
  func write(record: [UInt8]) throws(DatasetError) {
    try draft.replaceFile(Self.recordName, with: record)
    isRecorded = true
  }

  /// Removes all that an earlier process left but its first `count` shards and the record.
  func keep(shards count: Int) throws(DatasetError) {
    isRecorded = count > 0
    let kept = (0..<count).map(Self.growingName) + (isRecorded ? [Self.recordName] : [])
    for name in try draft.contentNames() where !kept.contains(name) { try draft.removeFile(name) }
  }

  /// Gives `count` shards, which are complete, their names, and puts the set in its place.
  ///
  /// - Returns: the paths of the shards in order.
  func finish(count: Int) throws(DatasetError) -> [String] {
    precondition(stage == .growing, "\(target.path) is finished")
    if isRecorded {
      try draft.removeFile(Self.recordName)
      isRecorded = false
    }
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

  /// The message if nothing was written.
  func requireShards(_ count: Int) throws(DatasetError) {
    if count > 0 { return }
    throw DatasetError(.invalid, FileLocation(target.path), "the set is empty; add samples")
  }

  private static func growingName(_ number: Int) -> String { "\(number).shard" }

  private func fiveDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(5 - digits.count, 0)) + digits
  }

  private static func isOurs(_ name: String, isDraft: Bool) -> Bool {
    name.hasSuffix(".shard") && !name.hasPrefix(".")
      || isDraft && [recordName, Folder.newName(of: recordName)].contains(name)
  }

  /// Whether there are shards in `folder`, which may then be replaced.
  private static func holdsShards(
    _ folder: Folder, replacing: Bool, isDraft: Bool = false
  ) throws(DatasetError) -> Bool {
    guard try folder.isThere() else { return false }
    if let other = try folder.firstForeign({ isOurs($0, isDraft: isDraft) }) {
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

/// How far an unfinished set is: the file next to its shards that shows the next process how to continue.
protocol DraftRecord: Codable, Sendable {}

extension DraftRecord {
  static var fileName: String { ShardDraft.recordName }

  /// The record in `folder`; nil if there is none, or none that this version of the program reads.
  init?(in folder: Folder) throws(DatasetError) {
    guard try folder.names().contains(Self.fileName) else { return nil }
    let file = try OpenFile(reading: "\(folder.path)/\(Self.fileName)")
    let bytes = try file.read(at: 0, limit: try file.size())
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    } catch {
      return nil
    }
  }

  /// The content of the file.
  func encode() -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(self))
    } catch {
      preconditionFailure("a record that is not JSON: \(error)")
    }
  }
}
