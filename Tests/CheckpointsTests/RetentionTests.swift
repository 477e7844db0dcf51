import TestSupport
import Testing

@testable import Checkpoints

@Suite("Retention")
struct RetentionTests {
  let folder: TemporaryFolder
  let store: CheckpointStore

  init() throws {
    folder = try TemporaryFolder()
    store = CheckpointStore(directory: folder.path)
  }

  /// The same folder as a process sees it that has verified nothing yet.
  var reopened: CheckpointStore { CheckpointStore(directory: folder.path) }

  func damage(_ step: Int) throws {
    let path = "\(store.path(of: step))/model.safetensors"
    var content = try bytes(of: path)
    content[content.count - 1] ^= 1
    try write(content, to: path)
  }

  @Test(
    "The newest stay, never fewer than two",
    arguments: [
      (0, [6, 5]), (1, [6, 5]), (2, [6, 5]), (4, [6, 5, 4, 3]), (9, [6, 5, 4, 3, 2, 1]),
    ])
  func keep(keep: Int, left: [Int]) throws {
    for step in 1...6 { try SampleCheckpoint.save(step, in: store) }
    let removed = try store.prune(keep: keep) { Issue.record("\($0)") }
    #expect(try store.steps() == left)
    #expect(
      removed + left.reversed() == (1...6).filter { !left.contains($0) }.reversed()
        + left.reversed())
  }

  @Test("The best stays, however old")
  func best() throws {
    for step in 1...5 { try SampleCheckpoint.save(step, in: store, best: [.weights: 1]) }
    #expect(try store.prune(keep: 2) { Issue.record("\($0)") } == [3, 2])
    #expect(try store.steps() == [5, 4, 1])
  }

  @Test("Damaged ones do not count, so the valid ones behind them stay")
  func damaged() throws {
    for step in 1...5 { try SampleCheckpoint.save(step, in: store) }
    try damage(5)
    try damage(3)
    var lines: [String] = []
    #expect(try reopened.prune(keep: 2) { lines.append($0) } == [1])
    #expect(try store.steps() == [5, 4, 3, 2])
    #expect(lines.count == 2)
  }

  @Test("The only valid one stays")
  func onlyValid() throws {
    for step in 1...5 { try SampleCheckpoint.save(step, in: store) }
    for step in 2...5 { try damage(step) }
    #expect(try reopened.prune(keep: 2) { _ in } == [])
    #expect(try reopened.newestValid { _ in }?.state.step == 1)
  }
}
