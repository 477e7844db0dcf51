import Glibc
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Trouble with the disk")
struct DiskTroubleTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  func expectError(
    _ code: CheckpointError.Code, _ words: String..., body: () throws -> Void
  ) {
    let error = #expect(throws: CheckpointError.self) { try body() }
    #expect(error?.code == code)
    for word in words {
      #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }
    #expect(error?.description.contains("\n") == false)
  }

  @Test("The folder above the checkpoints must exist")
  func missingParent() {
    expectError(.missing, "none/checkpoints", "mkdir", "No such file") {
      _ = try CheckpointStore(directory: "\(folder.path)/none/checkpoints").begin(step: 1)
    }
  }

  @Test("A file in the place of the folder is named")
  func fileAsFolder() throws {
    let path = "\(folder.path)/checkpoints"
    try write([1], to: path)
    expectError(.missing, path, "Not a directory") {
      _ = try CheckpointStore(directory: path).begin(step: 1)
    }
    expectError(.missing, path, "Not a directory") {
      _ = try CheckpointStore(directory: path).newestValid { _ in }
    }
  }

  @Test("A full device fails the write and says so")
  func fullDevice() throws {
    let values = [Float](repeating: 1, count: 1000)
    // Creating writes the header, which already meets the full device.
    expectError(.inputOutput, "/dev/full", "No space left", "free some space") {
      let writer = try SafeTensorsWriter(path: "/dev/full", tensors: [("a", [1000])])
      try writer.write(values.span, tensor: "a")
    }
  }

  @Test("A failed fsync is final")
  func failedSync() throws {
    let disk = Disk(willPerform: { operation throws(CheckpointError) in
      if case .syncFile(let path) = operation {
        throw CheckpointError(call: "fsync", file: path, number: EIO)
      }
    })
    let writer = try SafeTensorsWriter(
      path: "\(folder.path)/a", tensors: [("a", [0])], metadata: [:], on: disk)
    for _ in 0..<2 { expectError(.inputOutput, "fsync") { _ = try writer.finish() } }
  }

  @Test(
    "A full file system fails the save and leaves the former checkpoint",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"))
  func noSpace() throws {
    let small = try SmallFileSystem(kilobytes: 128, at: folder.path)
    let store = CheckpointStore(directory: "\(small.path)/checkpoints")
    do {
      try SampleCheckpoint.save(1, in: store)
      let draft = try store.begin(step: 2)
      expectError(.inputOutput, "400128 bytes needed", "free some space") {
        _ = try draft.writer("model.safetensors", tensors: [("weight", [100_000])])
      }
      try draft.discard()
      // Each fits alone when it is begun, together they do not: the write itself fails.
      let second = try store.begin(step: 2)
      let values = [Float](repeating: 1, count: 20_000)
      expectError(.inputOutput, "pwrite", "No space left") {
        let writers = try ["a", "b"].map {
          try second.writer($0, tensors: [("weight", [20_000])])
        }
        for writer in writers { try writer.write(values.span, tensor: "weight") }
      }
      try second.discard()
      #expect(try store.newestValid { Issue.record("\($0)") }?.state.step == 1)
      try SampleCheckpoint.save(2, in: store)
      #expect(try store.newestValid { Issue.record("\($0)") }?.state.step == 2)
    } catch {
      try small.unmount()
      throw error
    }
    try small.unmount()
  }

  @Test(
    "A read-only file system can be resumed from and says why it cannot be written",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"))
  func readOnly() throws {
    let small = try SmallFileSystem(kilobytes: 128, at: folder.path)
    let store = CheckpointStore(directory: "\(small.path)/checkpoints")
    do {
      try SampleCheckpoint.save(1, in: store)
      try small.makeReadOnly()
      #expect(try store.newestValid { Issue.record("\($0)") }?.state.step == 1)
      expectError(.inputOutput, "Read-only file system", "make it accessible") {
        _ = try store.begin(step: 2)
      }
    } catch {
      try small.unmount()
      throw error
    }
    try small.unmount()
  }
}
