import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Crashes")
struct CrashTests {
  /// What a process was doing when it died, with steps 1, 2 and 3 on the disk.
  enum Work: CaseIterable {
    case newStep, sameStep, pruning, linkingBest

    func run(on store: CheckpointStore) throws {
      switch self {
      case .newStep: try SampleCheckpoint.save(4, in: store)
      case .sameStep: try SampleCheckpoint.save(3, in: store, version: 1)
      case .pruning:
        var lines: [String] = []
        try store.prune(keep: 2) { lines.append($0) }
        try SampleCheckpoint.expectNone(of: lines)
      case .linkingBest:
        var lines: [String] = []
        store.linkBest(SampleCheckpoint.state(step: 3, best: [.weights: 3])) { lines.append($0) }
        try SampleCheckpoint.expectNone(of: lines)
      }
    }
  }

  func prepared() throws -> (folder: TemporaryFolder, store: CheckpointStore) {
    let folder = try TemporaryFolder()
    let store = CheckpointStore(directory: "\(folder.path)/checkpoints")
    for step in 1...3 {
      try SampleCheckpoint.save(step, in: store, best: [.weights: min(step, 2)])
    }
    store.linkBest(SampleCheckpoint.state(step: 3, best: [.weights: 2])) { Issue.record("\($0)") }
    return (folder, store)
  }

  /// A new process finds a checkpoint with the right content, sweeps, and saves on.
  func expectRecovery(_ directory: String, _ work: Work, _ comment: Comment) throws {
    let before = CheckpointStore(directory: directory)
    let seen = try #require(try before.newestValid { Issue.record("\($0): \(comment)") }, comment)
    #expect(seen.state.step >= 2, comment)
    let after = CheckpointStore(directory: directory)
    try after.sweepTemporaries { Issue.record("\($0): \(comment)") }
    let found = try #require(try after.newestValid { Issue.record("\($0): \(comment)") }, comment)
    #expect(found.state.step >= 3, comment)
    let version = found.state.world.threads - 1
    #expect(
      try SampleCheckpoint.weights(of: found)
        == SampleCheckpoint.values(step: found.state.step, version: version), comment)
    #expect(try names(in: directory).allSatisfy { !$0.hasPrefix(".") }, comment)
    #expect([2, 3].contains(try after.linkedStep(of: .weights)), comment)
    #expect(
      try Checkpoint.open("\(directory)/best").state.step
        == (try after.linkedStep(of: .weights)), comment)
    try work.run(on: after)
    try SampleCheckpoint.save(9, in: after)
    #expect(try after.newestValid { _ in }?.state.step == 9, comment)
  }

  @Test("A process that dies before any operation loses nothing", arguments: Work.allCases)
  func dies(work: Work) throws {
    try repeatUntilDone(work) { _ in }
  }

  @Test(
    "Nor does a machine that loses its power there", arguments: Work.allCases, [false, true])
  func losesPower(work: Work, keepsNames: Bool) throws {
    try repeatUntilDone(work) { try $0.losePower(keepingNames: keepsNames) }
  }

  func repeatUntilDone(_ work: Work, _ aftermath: (CrashingDisk) throws -> Void) throws {
    var limit = 0
    while true {
      let (folder, store) = try prepared()
      let crashing = CrashingDisk(limit: limit)
      var died = false
      do {
        try work.run(on: CheckpointStore(directory: store.directory, on: crashing.disk))
      } catch is CheckpointError {
        died = true
      }
      try aftermath(crashing)
      try expectRecovery(store.directory, work, "\(work) stopped before operation \(limit)")
      withExtendedLifetime(folder) {}
      if !died { break }
      limit += 1
    }
    #expect(limit >= 3, "\(work) has only \(limit) operations to stop before")
  }

  @Test("A checkpoint that was reported as saved outlives a power failure")
  func durable() throws {
    let (folder, store) = try prepared()
    let crashing = CrashingDisk()
    try SampleCheckpoint.save(4, in: CheckpointStore(directory: store.directory, on: crashing.disk))
    try crashing.losePower()
    #expect(try store.newestValid { Issue.record("\($0)") }?.state.step == 4)
    withExtendedLifetime(folder) {}
  }

  @Test("So does the first one of all, also where another process died before it")
  func firstIsDurable() throws {
    for limit in 0... {
      let folder = try TemporaryFolder()
      let directory = "\(folder.path)/checkpoints"
      let unsynced = UnsyncedChanges()
      let first = CrashingDisk(limit: limit, unsynced: unsynced)
      var died = false
      do {
        try SampleCheckpoint.save(1, in: CheckpointStore(directory: directory, on: first.disk))
      } catch is CheckpointError {
        died = true
        let second = CrashingDisk(unsynced: unsynced)
        try SampleCheckpoint.save(1, in: CheckpointStore(directory: directory, on: second.disk))
      }
      try first.losePower()
      let found = try CheckpointStore(directory: directory).newestValid { Issue.record("\($0)") }
      #expect(found?.state.step == 1, "the first process died before operation \(limit)")
      withExtendedLifetime(folder) {}
      if died { continue }
      #expect(limit >= 3, "a save has only \(limit) operations to stop before")
      break
    }
  }

  @Test(
    "The power failure above finds a forgotten sync",
    arguments: ["model.safetensors", "optimizer.safetensors", "state.json", "draft", "checkpoints"])
  func plantedDefect(forgotten: String) throws {
    let (folder, store) = try prepared()
    let crashing = CrashingDisk { operation in
      switch operation {
      case .syncFile(let path): path.hasSuffix(forgotten)
      case .syncFolder(let path):
        path.contains(".draft-") == (forgotten == "draft")
          && (forgotten == "draft" || forgotten == "checkpoints")
      default: false
      }
    }
    try SampleCheckpoint.save(4, in: CheckpointStore(directory: store.directory, on: crashing.disk))
    try crashing.losePower()
    #expect(try store.newestValid { _ in }?.state.step == 3)
    withExtendedLifetime(folder) {}
  }

  @Test("A single failed operation fails the save, not the store", arguments: Work.allCases)
  func failsOnce(work: Work) throws {
    for failing in 0... {
      let (folder, store) = try prepared()
      let counter = Mutex(0)
      let disk = Disk(willPerform: { operation throws(CheckpointError) in
        let number = counter.withLock { count in
          defer { count += 1 }
          return count
        }
        if number == failing { throw CheckpointError(call: "any", file: "disk", number: EIO) }
      })
      let failingStore = CheckpointStore(directory: store.directory, on: disk)
      do {
        try work.run(on: failingStore)
        #expect(failing >= 3, "\(work) has only \(failing) operations to fail")
        break
      } catch is CheckpointError {
        #expect(try store.newestValid { _ in }?.state.step ?? 0 >= 3, "operation \(failing)")
        try expectRecovery(store.directory, work, "\(work) with failed operation \(failing)")
      }
      withExtendedLifetime(folder) {}
    }
  }
}
