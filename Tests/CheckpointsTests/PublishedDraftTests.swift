import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Checkpoints

/// Faults after a checkpoint has its final name.
@Suite("Published drafts")
struct PublishedDraftTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A store whose disk refuses `operation` once a folder was renamed to a final name.
  private func store(
    refusing isRefused: @escaping @Sendable (Disk.Operation) -> Bool
  ) -> CheckpointStore {
    let isPublished = Atomic(false)
    let disk = Disk(willPerform: { operation throws(CheckpointError) in
      if case .rename(_, let new) = operation, new.contains("/step-") {
        isPublished.store(true, ordering: .relaxed)
      }
      if isPublished.load(ordering: .relaxed), isRefused(operation) {
        throw CheckpointError(call: "call", file: "disk", number: EIO)
      }
    })
    return CheckpointStore(directory: "\(folder.path)/checkpoints", on: disk)
  }

  @Test("What fails after the rename is reported once: there is no draft left to discard")
  func failureAfterTheRename() throws {
    let store = store { operation in
      if case .syncFolder = operation { return true }
      return false
    }
    let draft = try store.begin(step: 1)
    try SampleCheckpoint.fill(draft)
    #expect(throws: CheckpointError.self) {
      try draft.commit(SampleCheckpoint.state(step: 1)) { Issue.record("\($0)") }
    }
    #expect(throws: Never.self) { try draft.discard() }
    #expect(try CheckpointStore(directory: store.directory).open(step: 1).state.step == 1)
  }

  @Test("A former checkpoint that cannot be removed is a warning, because the new one is complete")
  func replacedStays() throws {
    try SampleCheckpoint.save(1, in: CheckpointStore(directory: "\(folder.path)/checkpoints"))
    let store = store { operation in
      if case .removeFolder(let path) = operation { return path.hasSuffix(".replaced.removed") }
      return false
    }
    let draft = try store.begin(step: 1)
    try SampleCheckpoint.fill(draft, version: 1)
    var lines: [String] = []
    _ = try draft.commit(SampleCheckpoint.state(step: 1, threads: 2)) { lines.append($0) }
    #expect(lines.count == 1, "\(lines)")
    #expect(
      lines.first?.contains(".step-0000000001.replaced.removed could not be removed") == true,
      "\(lines)")
    #expect(try store.open(step: 1).state.world.threads == 2)
  }
}
