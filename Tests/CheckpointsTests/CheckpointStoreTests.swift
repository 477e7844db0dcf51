import Foundation
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Checkpoint store")
struct CheckpointStoreTests {
  let folder: TemporaryFolder
  let store: CheckpointStore

  init() throws {
    folder = try TemporaryFolder()
    store = CheckpointStore(directory: "\(folder.path)/checkpoints")
  }

  @Test("A checkpoint comes back as it was saved, also through a relative path")
  func roundTrip() throws {
    try SampleCheckpoint.save(1000, in: store)
    #expect(try names(in: store.directory) == ["step-0000001000"])
    let checkpoint = try #require(try store.newestValid { Issue.record("\($0)") })
    var expected = SampleCheckpoint.state(step: 1000)
    expected.files = checkpoint.state.files
    #expect(checkpoint.state == expected)
    #expect(checkpoint.state.files.keys.sorted() == ["model.safetensors", "optimizer.safetensors"])
    #expect(
      try SampleCheckpoint.weights(of: checkpoint) == SampleCheckpoint.values(step: 1000))
    let error = #expect(throws: CheckpointError.self) { try checkpoint.file("ema.safetensors") }
    #expect(error?.code == .missing)
  }

  @Test("The keys of state.json are the documented ones")
  func stateKeys() throws {
    try SampleCheckpoint.save(1, in: store)
    let text = try bytes(of: store.path(of: 1) + "/state.json")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any])
    #expect(
      object.keys.sorted() == [
        "best_by_kind", "blas", "build", "configuration", "configuration_digest", "cpu",
        "dataset_digest",
        "epoch", "evaluation_is_pending", "files", "format_version", "position", "samples_seen",
        "seed", "state_sha256",
        "step", "weights_sha256", "world",
      ])
  }

  @Test("Without a folder there are no checkpoints, and that is not an error")
  func empty() throws {
    #expect(try store.newestValid { Issue.record("\($0)") } == nil)
    #expect(try store.steps() == [])
    #expect(try store.sweepTemporaries { Issue.record("\($0)") } == [])
    #expect(try store.bestStep(of: .weights) == nil)
    #expect(try store.prune(keep: 2) { Issue.record("\($0)") } == [])
  }

  @Test("The newest below a step is found, for any order of saving and number of digits")
  func newestBelow() throws {
    for step in [900, 12_345_678_901, 1000, 100] { try SampleCheckpoint.save(step, in: store) }
    #expect(try store.steps() == [12_345_678_901, 1000, 900, 100])
    for (below, expected) in [(nil, 12_345_678_901), (1001, 1000), (1000, 900), (101, 100)] {
      #expect(try store.newestValid(below: below) { Issue.record("\($0)") }?.state.step == expected)
    }
    #expect(try store.newestValid(below: 100) { Issue.record("\($0)") } == nil)
  }

  @Test("Equal content gives equal files")
  func pureFunction() throws {
    let other = CheckpointStore(directory: "\(folder.path)/other")
    let first = try SampleCheckpoint.save(7, in: store)
    let second = try SampleCheckpoint.save(7, in: other)
    for name in try names(in: first.directory) {
      #expect(
        try bytes(of: "\(first.directory)/\(name)") == bytes(of: "\(second.directory)/\(name)"))
    }
  }

  @Test("A step saved again takes the place of the former one")
  func sameStepTwice() throws {
    try SampleCheckpoint.save(5, in: store)
    let again = try SampleCheckpoint.save(5, in: store, version: 1)
    #expect(try SampleCheckpoint.weights(of: again) == SampleCheckpoint.values(step: 5, version: 1))
    #expect(try store.open(step: 5).state == again.state)
    #expect(try names(in: store.directory) == ["step-0000000005"])
  }

  @Test("A draft given up leaves nothing, a draft forgotten is swept")
  func leftovers() throws {
    try SampleCheckpoint.save(1, in: store)
    let givenUp = try store.begin(step: 2)
    try SampleCheckpoint.fill(givenUp)
    try givenUp.discard()
    #expect(try names(in: store.directory) == ["step-0000000001"])
    let forgotten = try store.begin(step: 2)
    try SampleCheckpoint.fill(forgotten)
    #expect(forgotten.directory != (try store.begin(step: 2)).directory)
    #expect(try store.steps() == [1])
    #expect(try store.sweepTemporaries { Issue.record("\($0)") }.count == 2)
    #expect(try names(in: store.directory) == ["step-0000000001"])
  }

  @Test("A file with an unwritten element is never committed")
  func unwrittenElement() throws {
    let draft = try store.begin(step: 3)
    _ = try draft.writer("model.safetensors", tensors: [("weight", [4])])
    let error = #expect(throws: CheckpointError.self) {
      try draft.commit(SampleCheckpoint.state(step: 3)) { Issue.record("\($0)") }
    }
    #expect(error?.code == .invalid)
    #expect(try store.steps() == [])
  }

  @Test("A slowed disk takes the time it should")
  func slowDisk() throws {
    // 600 kB at 2 MB/s take 0.3 s at least, and longer on a busy machine.
    let slow = CheckpointStore(directory: store.directory, slowDiskMegabytesPerSecond: 2)
    let draft = try slow.begin(step: 1)
    let writer = try draft.writer("model.safetensors", tensors: [("weight", [150_000])])
    let values = [Float](repeating: 1, count: 150_000)
    let time = try ContinuousClock().measure { try writer.write(values.span, tensor: "weight") }
    #expect(time > .milliseconds(290))
    _ = try draft.commit(SampleCheckpoint.state(step: 1)) { Issue.record("\($0)") }
    #expect(try slow.open(step: 1).state.step == 1)
  }
}
