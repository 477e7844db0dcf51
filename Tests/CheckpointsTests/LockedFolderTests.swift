import Files
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Locked folders")
struct LockedFolderTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = "\(folder.path)/deep/new/run"
  }

  private func isHeld(_ body: () throws -> Void) throws -> Bool {
    do {
      try body()
      return false
    } catch FolderLockError.held {
      return true
    }
  }

  private func isUsed(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/checkpoints")
  }

  private func use() throws {
    try FileManager.default.createDirectory(
      atPath: "\(path)/checkpoints", withIntermediateDirectories: true)
  }

  @Test("A second process is kept out, and gets in when the first is gone")
  func exclusive() throws {
    var first: LockedFolder? = try LockedFolder(path)
    #expect(first?.lack == nil)
    #expect(try isHeld { _ = try LockedFolder(path) })
    withExtendedLifetime(first) {}
    first = nil
    #expect(try !isHeld { _ = try LockedFolder(path) })
  }

  @Test("A restart waits for a lock that is about to be free")
  func patience() async throws {
    var first: LockedFolder? = try LockedFolder(path)
    let path = path
    let (waits, continuation) = AsyncStream.makeStream(of: Void.self)
    let second = Task.detached {
      defer { continuation.finish() }
      _ = try LockedFolder(path, patience: .seconds(600), waiting: { continuation.yield() })
    }
    var count = 0
    for await _ in waits {
      count += 1
      withExtendedLifetime(first) {}
      first = nil
    }
    try await second.value
    #expect(count == 1)
    let held = try LockedFolder(path)
    #expect(try isHeld { _ = try LockedFolder(path, patience: .milliseconds(1)) })
    withExtendedLifetime(held) {}
  }

  @Test("Only who may write to the folder may open the lock, and so keep others out")
  func mode() throws {
    for (rights, expected) in [(0o755, 0o600), (0o775, 0o660), (0o777, 0o666), (0o700, 0o600)] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try #require(unsafe chmod(path, mode_t(rights)) == 0)
      // A lock of an earlier version could be opened by all.
      try write([], to: "\(path)/lock")
      try #require(unsafe chmod("\(path)/lock", 0o644) == 0)
      _ = try LockedFolder(path)
      let found = try FileManager.default.attributesOfItem(atPath: "\(path)/lock")[
        .posixPermissions]
      #expect(found as? Int == expected)
      try FileManager.default.removeItem(atPath: path)
    }
  }

  @Test("A used folder is moved aside; where the path is a link, its target is, and the link stays")
  func linked() throws {
    for target in ["\(folder.path)/scratch/run", "../scratch/run"] {
      let manager = FileManager.default
      try manager.createDirectory(
        atPath: "\(folder.path)/home", withIntermediateDirectories: true)
      let link = "\(folder.path)/home/run"
      try manager.createSymbolicLink(atPath: link, withDestinationPath: target)
      // The target is not there yet.
      _ = try LockedFolder(link)
      try manager.createDirectory(
        atPath: "\(link)/checkpoints", withIntermediateDirectories: false)
      var moved: [String] = []
      let new = try LockedFolder.empty(link, where: isUsed) { moved.append($0) }
      #expect(moved.count == 1 && moved[0].hasSuffix("scratch/run.1"), "\(moved)")
      #expect(manager.fileExists(atPath: "\(folder.path)/scratch/run.1/checkpoints"))
      #expect(try manager.destinationOfSymbolicLink(atPath: link) == target)
      #expect(try names(in: "\(folder.path)/scratch/run") == ["lock"])
      #expect(try isHeld { _ = try LockedFolder(link) })
      withExtendedLifetime(new) {}
      try manager.removeItem(atPath: "\(folder.path)/home")
      try manager.removeItem(atPath: "\(folder.path)/scratch")
    }
  }

  @Test("Whenever a second process comes while an old run is set aside, one of them has the folder")
  func race() throws {
    for moment in 0... {
      try use()
      let (other, happened) = try intrude(before: moment)
      if let other {
        // The other has the folder that is at the path now, and nobody else.
        #expect(try isHeld { _ = try LockedFolder(path) }, "moment \(moment)")
        withExtendedLifetime(other) {}
      }
      try FileManager.default.removeItem(atPath: "\(folder.path)/deep")
      if happened { continue }
      #expect(moment >= 1, "there was no moment for the second process")
      break
    }
  }

  /// Empties the folder while another process comes before operation number `moment`.
  ///
  /// - Returns: what the other process has got, and whether there was such an operation.
  private func intrude(before moment: Int) throws -> (other: LockedFolder?, happened: Bool) {
    let intruder = Intruder(path: path, moment: moment)
    let disk = Disk(willPerform: { _ in intruder.perform() })
    var owners = 0
    let isKeptOut = try isHeld {
      let mine = try LockedFolder.empty(path, where: isUsed, movedAside: { _ in }, on: disk)
      owners += 1
      #expect(try isHeld { _ = try LockedFolder(path) })
      withExtendedLifetime(mine) {}
    }
    #expect(isKeptOut == (owners == 0))
    #expect(owners + (intruder.got == nil ? 0 : 1) == 1, "owners at moment \(moment)")
    return (intruder.got, intruder.came)
  }

  @Test("A run in new folders outlives a loss of power, also after a process that died making them")
  func newParents() throws {
    for limit in 0... {
      let unsynced = UnsyncedChanges()
      let first = CrashingDisk(limit: limit, unsynced: unsynced)
      let died = Result { _ = try LockedFolder(path, on: first.disk) as LockedFolder }.isFailure
      let disk = CrashingDisk(unsynced: unsynced)
      let second = try LockedFolder(path, on: disk.disk)
      try SampleCheckpoint.save(
        1, in: CheckpointStore(directory: "\(path)/checkpoints", on: disk.disk))
      withExtendedLifetime(second) {}
      try disk.losePower()
      let found = try CheckpointStore(directory: "\(path)/checkpoints").newestValid {
        Issue.record("\($0)")
      }
      #expect(found?.state.step == 1, "the first process died before operation \(limit)")
      try FileManager.default.removeItem(atPath: "\(folder.path)/deep")
      if died { continue }
      #expect(limit >= 2, "a new folder has only \(limit) operations to stop before")
      break
    }
  }

  @Test("That finds a folder whose name was never brought to the medium")
  func forgottenParent() throws {
    for forgotten in ["deep", "new"] {
      let disk = CrashingDisk { operation in
        if case .syncFolder(let path) = operation { return path.hasSuffix("/\(forgotten)") }
        return false
      }
      _ = try LockedFolder(path, on: disk.disk)
      try SampleCheckpoint.save(
        1, in: CheckpointStore(directory: "\(path)/checkpoints", on: disk.disk))
      try disk.losePower()
      #expect(
        try CheckpointStore(directory: "\(path)/checkpoints").newestValid { _ in } == nil)
      try? FileManager.default.removeItem(atPath: "\(folder.path)/deep")
    }
  }

  @Test("A lock that was opened before its folder was moved aside is not the folder's any more")
  func movedBetween() throws {
    try use()
    _ = try LockedFolder(path)
    let file = "\(path)/lock"
    let descriptor = unsafe open(file, O_RDWR)
    defer { _ = close(descriptor) }
    #expect(try LockFile.isStill(descriptor, at: file))
    _ = try LockedFolder.empty(path, where: isUsed) { _ in }
    #expect(try !LockFile.isStill(descriptor, at: file))
    try FileManager.default.removeItem(atPath: path)
    #expect(try !LockFile.isStill(descriptor, at: file))
  }

  @Test("A start that is refused takes back what it made, and nothing that others put there")
  func takeBack() throws {
    try LockedFolder(path).takeBack()
    #expect(try names(in: folder.path) == [])
    let manager = FileManager.default
    try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
    try LockedFolder(path).takeBack()
    #expect(try names(in: path) == [])
    try write([], to: "\(path)/lock")
    try LockedFolder(path).takeBack()
    #expect(try names(in: path) == ["lock"])
    try manager.removeItem(atPath: "\(folder.path)/deep")
    let held = try LockedFolder(path)
    try write([1], to: "\(folder.path)/deep/new/other")
    held.takeBack()
    #expect(try names(in: "\(folder.path)/deep/new") == ["other"])
  }

  @Test("A run that was set aside for a refused start gets its name back, unless it is in use")
  func takeBackAside() throws {
    try use()
    var moved: [String] = []
    let first = try LockedFolder.empty(path, where: isUsed) { moved.append($0) }
    #expect(first.takeBack())
    #expect(try names(in: path) == ["checkpoints"])
    #expect(try names(in: "\(folder.path)/deep/new") == ["run"])
    let second = try LockedFolder.empty(path, where: isUsed) { moved.append($0) }
    let other = try LockedFolder(try #require(moved.last))
    #expect(!second.takeBack())
    #expect(try names(in: "\(folder.path)/deep/new") == ["run.1"])
    withExtendedLifetime(other) {}
  }

  @Test("New folders outlive a loss of power wherever they are made, and go where that fails")
  func madeFolders() throws {
    for limit in 0... {
      let unsynced = UnsyncedChanges()
      let disk = CrashingDisk(limit: limit, unsynced: unsynced)
      do {
        let made = try MadeFolders(path, on: disk.disk)
        #expect(made.paths.first == path && made.paths.count == 3)
      } catch {
        #expect(limit < 100, "\(error)")
        try disk.losePower()
        if try names(in: folder.path) == ["deep"] {
          try FileManager.default.removeItem(atPath: "\(folder.path)/deep")
        }
        continue
      }
      try disk.losePower()
      #expect(FileManager.default.fileExists(atPath: path))
      #expect(limit >= 6, "three folders were made by \(limit) operations")
      break
    }
    let refusing = Disk(willPerform: { operation throws(CheckpointError) in
      if case .syncFolder(let path) = operation {
        throw CheckpointError(call: "fsync", file: path, number: EIO)
      }
    })
    try FileManager.default.removeItem(atPath: "\(folder.path)/deep")
    #expect(throws: CheckpointError.self) { try MadeFolders(path, on: refusing) }
    #expect(try names(in: folder.path) == [])
  }

  @Test("A file in the folder's place is named")
  func file() throws {
    try write([1], to: "\(folder.path)/deep")
    let error = #expect(throws: FolderLockError.self) { try LockedFolder("\(folder.path)/deep") }
    #expect("\(String(describing: error))".contains("mkdir failed: File exists"))
  }
}

/// A second process that comes in the middle of what the first one does.
private final class Intruder: @unchecked Sendable {
  private let path: String
  private let moment: Int
  private var count = 0
  private(set) var got: LockedFolder?
  private(set) var came = false

  init(path: String, moment: Int) {
    self.path = path
    self.moment = moment
  }

  func perform() {
    defer { count += 1 }
    guard count == moment else { return }
    came = true
    switch Result(catching: { try LockedFolder(path) }) {
    case .success(let folder): got = folder
    case .failure(let error): #expect("\(error)" == "held")
    }
  }
}

extension Result {
  fileprivate var isFailure: Bool {
    if case .failure = self { true } else { false }
  }
}
