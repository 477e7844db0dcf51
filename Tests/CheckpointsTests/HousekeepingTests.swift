import Files
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Checkpoints

/// What is left behind, or put there by others, ends no run.
@Suite("Housekeeping")
struct HousekeepingTests {
  let folder: TemporaryFolder
  let store: CheckpointStore

  init() throws {
    folder = try TemporaryFolder()
    store = CheckpointStore(directory: "\(folder.path)/checkpoints")
  }

  /// Puts a folder of a foreign tool with a link into `path`; what the link points at is returned.
  private func intrude(_ path: String) throws -> String {
    let precious = "\(folder.path)/precious"
    let manager = FileManager.default
    try manager.createDirectory(atPath: precious, withIntermediateDirectories: true)
    try write([1], to: "\(precious)/file")
    try manager.createDirectory(
      atPath: "\(path)/.ipynb_checkpoints/deep", withIntermediateDirectories: true)
    try write([1], to: "\(path)/.ipynb_checkpoints/deep/model-checkpoint.safetensors")
    for link in ["\(path)/link", "\(path)/.ipynb_checkpoints/deep/link"] {
      try manager.createSymbolicLink(atPath: link, withDestinationPath: precious)
    }
    return "\(precious)/file"
  }

  @Test("A pruned checkpoint goes with the folders of others in it, and links are not followed")
  func foreignFolder() throws {
    for step in 1...3 { try SampleCheckpoint.save(step, in: store) }
    let precious = try intrude(store.path(of: 1))
    #expect(try store.prune(keep: 2) { Issue.record("\($0)") } == [1])
    #expect(try names(in: store.directory) == ["step-0000000002", "step-0000000003"])
    #expect(try bytes(of: precious) == [1])
  }

  @Test(
    "So does what a crash has left",
    arguments: [".step-0000000009.removed", ".step-0000000009.draft-1-1", ".step-1.replaced"])
  func leftOver(name: String) throws {
    try SampleCheckpoint.save(1, in: store)
    let precious = try intrude("\(store.directory)/\(name)")
    #expect(try store.sweepTemporaries { Issue.record("\($0)") } == [name])
    #expect(try names(in: store.directory) == ["step-0000000001"])
    #expect(try bytes(of: precious) == [1])
  }

  @Test("Names that are not UTF-8 go too, also those of folders and links")
  func nameBytes() throws {
    for step in 1...3 { try SampleCheckpoint.save(step, in: store) }
    let precious = try intrude(store.path(of: 1))
    let left = "\(store.directory)/.step-0000000009.removed"
    for place in [store.path(of: 1), "\(store.path(of: 1))/.ipynb_checkpoints", left] {
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      try makeForeignNames(in: place, linkingTo: "\(folder.path)/precious")
    }
    #expect(try store.sweepTemporaries { Issue.record("\($0)") }.count == 1)
    #expect(try store.prune(keep: 2) { Issue.record("\($0)") } == [1])
    #expect(try names(in: store.directory) == ["step-0000000002", "step-0000000003"])
    #expect(try bytes(of: precious) == [1])
    // Beside the checkpoints such a name is none of ours.
    try makeForeignNames(in: store.directory, linkingTo: folder.path)
    #expect(try store.steps() == [3, 2])
    try OpenFolder.removeTree(store.directory) {
      CheckpointError($0)
    } willRemove: { _, _ throws(CheckpointError) in
    }
  }

  /// Makes a file, a folder with a file in it and a link whose names are not UTF-8.
  private func makeForeignNames(in place: String, linkingTo target: String) throws {
    func name(_ letter: String) -> [CChar] {
      Array("\(place)/\(letter)".utf8).map(CChar.init(bitPattern:)) + [-23, 0]
    }
    let folder = name("d")
    try #require(unsafe mkdir(folder, 0o755) == 0 && symlink(target, name("l")) == 0)
    for file in [name("f"), folder.dropLast() + [0x2f, -1, 0]] {
      let descriptor = unsafe open(file, O_CREAT | O_WRONLY, 0o644)
      try #require(descriptor >= 0 && close(descriptor) == 0)
    }
  }

  @Test("What a run removes or replaces while its checkpoints are read is not a fault")
  func besideRun() throws {
    for step in 1...6 { try SampleCheckpoint.save(step, in: store) }
    try write([], to: "\(store.path(of: 6))/model.safetensors")
    let reader = CheckpointStore(directory: store.directory)
    var lines: [String] = []
    // The line about the damaged one comes in the middle of the reading.
    let superfluous = try reader.superfluousSteps(keep: 2) { line in
      lines.append(line)
      _ = Result { try FileManager.default.removeItem(atPath: store.path(of: 5)) }
    }
    #expect(lines.count == 1 && lines[0].contains("step-0000000006 is not counted"), "\(lines)")
    #expect(!superfluous.contains(5) && !superfluous.contains(4) && !superfluous.contains(3))
    #expect(try reader.openIfThere(step: 5) == nil)
    var reads = 0
    let read = try reader.readIfThere(step: 4) { () throws(CheckpointError) in
      reads += 1
      if reads > 1 { return reads }
      // As a save does that replaces it.
      _ = Result {
        let former = "\(store.directory)/.step-0000000004.replaced"
        try FileManager.default.moveItem(atPath: store.path(of: 4), toPath: former)
        try FileManager.default.copyItem(atPath: former, toPath: store.path(of: 4))
      }
      throw CheckpointError(call: "read", file: "4", number: ENOENT)
    }
    #expect(read == 2)
  }

  @Test("A link and a file under a temporary name are removed themselves")
  func linkAsLeftOver() throws {
    try SampleCheckpoint.save(1, in: store)
    let name = ".step-0000000009.removed"
    try FileManager.default.createSymbolicLink(
      atPath: "\(store.directory)/\(name)", withDestinationPath: store.path(of: 1))
    try write([1], to: "\(store.directory)/.step-file")
    #expect(
      try store.sweepTemporaries { Issue.record("\($0)") }
        == [".step-0000000009.removed", ".step-file"].sorted())
    #expect(try store.open(step: 1).state.step == 1)
  }

  @Test("What cannot be removed is a line, and all else is removed")
  func refused() throws {
    for step in 1...5 { try SampleCheckpoint.save(step, in: store) }
    let disk = Disk(willPerform: { operation throws(CheckpointError) in
      let (_, path) = operation.kind
      if case .removeFile = operation, path.contains("step-0000000002") {
        throw CheckpointError(call: "unlink", file: path, number: EPERM)
      }
      if case .rename = operation, path.contains("step-0000000003.removed") {
        throw CheckpointError(call: "rename", file: path, number: EPERM)
      }
    })
    let stubborn = CheckpointStore(directory: store.directory, on: disk)
    var lines: [String] = []
    #expect(try stubborn.prune(keep: 2) { lines.append($0) } == [2, 1])
    #expect(lines.count == 2, "\(lines)")
    #expect(try store.steps() == [5, 4, 3])
    lines = []
    #expect(try stubborn.sweepTemporaries { lines.append($0) } == [])
    #expect(lines.count == 1 && lines[0].contains("left by a save that was cut off"), "\(lines)")
    // The next of the same name does not stumble over it.
    try SampleCheckpoint.save(2, in: store)
    #expect(try stubborn.prune(keep: 2) { lines.append($0) }.contains(2))
    #expect(try store.sweepTemporaries { Issue.record("\($0)") }.count == 2)
  }

  @Test("A half-removed former checkpoint never gets its name back")
  func halfRemoved() throws {
    for file in ["model.safetensors", "optimizer.safetensors", "state.json"] {
      try SampleCheckpoint.save(4, in: store)
      let aside = ".step-0000000004.replaced"
      try FileManager.default.moveItem(
        atPath: store.path(of: 4), toPath: "\(store.directory)/\(aside)")
      #expect(try store.originalName(of: aside) == "step-0000000004")
      try FileManager.default.removeItem(atPath: "\(store.directory)/\(aside)/\(file)")
      #expect(try store.originalName(of: aside) == nil)
      #expect(try store.sweepTemporaries { Issue.record("\($0)") } == [aside])
      #expect(try store.steps() == [])
    }
  }

  @Test("Wherever the removal of a replaced checkpoint stops, pruning it later brings nothing back")
  func replacedThenPruned() throws {
    for failing in 0... {
      let place = CheckpointStore(directory: "\(folder.path)/run-\(failing)")
      try SampleCheckpoint.save(1, in: place)
      let count = Atomic(0)
      let isReplaced = Atomic(false)
      let disk = Disk(willPerform: { operation throws(CheckpointError) in
        if case .rename(_, let new) = operation, new.hasSuffix("/step-0000000001") {
          isReplaced.store(true, ordering: .relaxed)
        }
        guard isReplaced.load(ordering: .relaxed) else { return }
        if count.add(1, ordering: .relaxed).newValue > failing {
          throw CheckpointError(call: "any", file: "disk", number: EIO)
        }
      })
      let died: Bool
      do {
        try SampleCheckpoint.save(
          1, in: CheckpointStore(directory: place.directory, on: disk), version: 1)
        died = false
      } catch is CheckpointError {
        died = true
      }
      for step in 2...3 { try SampleCheckpoint.save(step, in: place) }
      try place.prune(keep: 2) { Issue.record("\($0)") }
      try place.sweepTemporaries { Issue.record("\($0)") }
      // Untouched it may come back as a whole; in parts never.
      for step in try place.steps() { #expect(try place.open(step: step).state.step == step) }
      if died { continue }
      #expect(failing >= 2, "a removal has only \(failing) operations to stop before")
      break
    }
  }

  @Test("Whether a save could succeed is tried without a trace")
  func trial() throws {
    try store.tryToSave()
    #expect(!FileManager.default.fileExists(atPath: store.directory))
    try SampleCheckpoint.save(1, in: store)
    try store.tryToSave()
    #expect(try names(in: store.directory) == ["step-0000000001"])
    for number in [EACCES, ENOSPC] {
      let disk = Disk(willPerform: { operation throws(CheckpointError) in
        if case .createFile(let path) = operation {
          throw CheckpointError(call: "open", file: path, number: number)
        }
      })
      let error = #expect(throws: CheckpointError.self) {
        try CheckpointStore(directory: store.directory, on: disk).tryToSave()
      }
      #expect(error?.isLackOfRoom == (number == ENOSPC))
      #expect(try names(in: store.directory) == ["step-0000000001"])
    }
  }
}
