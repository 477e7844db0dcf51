import Digests
import Foundation
import TestSupport
import Testing

@testable import Checkpoints

/// Damage to files of 100 KB: each case is found, and the checkpoint before it is used.
@Suite("Damaged checkpoints of some size", .timeLimit(.minutes(60)))
struct LargeCorruptionTests {
  let folder: TemporaryFolder
  let store: CheckpointStore

  init() throws {
    folder = try TemporaryFolder()
    store = CheckpointStore(directory: folder.path)
    for step in [1, 2] { try LargeCheckpoint.save(step, in: store) }
  }

  static let files = LargeCheckpoint.files + [Checkpoint.stateFile]

  func path(_ step: Int, _ file: String) -> String { "\(store.path(of: step))/\(file)" }

  /// Whether step 2 is skipped with one line and step 1 is taken.
  func fallsBack() throws -> Bool {
    var lines: [String] = []
    let found = try store.newestValid { lines.append($0) }
    return found?.state.step == 1 && lines.count == 1 && lines[0].contains("step-0000000002")
      && !lines[0].contains("\n")
  }

  /// Tries each of `damages` on `file` of step 2 and puts it right again; returns their number.
  func detect(_ file: String, _ damages: [(what: String, bytes: [UInt8])]) throws -> Int {
    let whole = try bytes(of: path(2, file))
    var detected = 0
    for (what, damaged) in damages {
      #expect(damaged != whole, "\(what) changes nothing")
      try write(damaged, to: path(2, file))
      let isDetected = try fallsBack()
      #expect(isDetected, "\(file): \(what)")
      if isDetected { detected += 1 }
    }
    try write(whole, to: path(2, file))
    #expect(try store.newestValid { Issue.record("\($0)") }?.state.step == 2)
    return detected
  }

  @Test("A file cut off at every 4 KiB, and down to nothing", arguments: LargeCheckpoint.files)
  func truncated(file: String) throws {
    let whole = try bytes(of: path(2, file))
    let damages = stride(from: 0, to: whole.count, by: 4_096).map { length in
      (what: "\(length) bytes of \(whole.count)", bytes: Array(whole[..<length]))
    }
    // 64 · 256 + 256 + 10 · 64 + 10 + 1 floats and a header of less than 4 KiB.
    #expect(damages.count == 17)
    #expect(try detect(file, damages) == 17)
  }

  @Test("A bit flipped in every region of a file of tensors", arguments: LargeCheckpoint.files)
  func flippedTensors(file: String) throws {
    let whole = try bytes(of: path(2, file))
    let header = try SafeTensorsHeader(reading: OpenFile(reading: path(2, file)))
    let textEnd = try #require(whole[..<header.dataStart].lastIndex(of: UInt8(ascii: "}"))) + 1
    let padding = textEnd..<header.dataStart
    #expect(!padding.isEmpty, "the header is padded")
    // Every byte of length, text and padding; of each tensor the first, the middle and the last.
    var places = Array(0..<header.dataStart)
    for tensor in header.tensors {
      let start = header.dataStart + tensor.bytes.lowerBound
      places += [start, start + tensor.bytes.count / 2, start + tensor.bytes.count - 1]
    }
    let damages = places.enumerated().map { number, place in
      var damaged = whole
      damaged[place] ^= 1 << UInt8(number % 8)
      return (what: "a bit of byte \(place)", bytes: damaged)
    }
    #expect(header.tensors.count == 5 && damages.count == header.dataStart + 15)
    #expect(header.dataStart > 300)
    #expect(try detect(file, damages) == damages.count)
  }

  @Test("A bit flipped in every byte of the state")
  func flippedState() throws {
    let whole = try bytes(of: path(2, Checkpoint.stateFile))
    let damages = whole.indices.map { place in
      var damaged = whole
      damaged[place] ^= 1 << UInt8(place % 8)
      return (what: "a bit of byte \(place)", bytes: damaged)
    }
    #expect(damages.count > 800)
    #expect(try detect(Checkpoint.stateFile, damages) == whole.count)
  }

  @Test("Files of another step, or of no length", arguments: files)
  func replaced(file: String) throws {
    let damages = [
      (what: "the file of step 1", bytes: try bytes(of: path(1, file))), ("no bytes", []),
    ]
    #expect(try detect(file, damages) == 2)
  }

  @Test("Two files of one checkpoint in each other's place")
  func exchanged() throws {
    let both = try LargeCheckpoint.files.map { try bytes(of: path(2, $0)) }
    #expect(both[0] != both[1] && both[0].count == both[1].count)
    for (file, content) in zip(LargeCheckpoint.files, both.reversed()) {
      try write(content, to: path(2, file))
    }
    #expect(try fallsBack())
  }

  @Test("An old file beside a new state, and an old state beside new files", arguments: files)
  func oldBesideNew(file: String) throws {
    // The step is saved again with other content; then one file of the first save comes back.
    let old = try bytes(of: path(2, file))
    let other = CheckpointStore(directory: "\(folder.path)/other")
    let draft = try other.begin(step: 2)
    for name in LargeCheckpoint.files {
      let writer = try draft.writer(name, tensors: LargeCheckpoint.tensors)
      for (tensor, shape) in LargeCheckpoint.tensors {
        let values = [Float](repeating: 7, count: shape.reduce(1, *))
        try writer.write(values.span, tensor: tensor)
      }
    }
    let new = try draft.commit(SampleCheckpoint.state(step: 2)) { print($0) }
    for name in Self.files {
      try write(try bytes(of: "\(new.directory)/\(name)"), to: path(2, name))
    }
    #expect(try store.newestValid { Issue.record("\($0)") }?.state.step == 2)
    #expect(try detect(file, [(what: "the file of the save before", bytes: old)]) == 1)
  }

  @Test("The files of another model", arguments: LargeCheckpoint.files)
  func otherModel(file: String) throws {
    let other = CheckpointStore(directory: "\(folder.path)/other")
    // As many bytes, other names; and another shape.
    let sets: [[(name: String, shape: [Int])]] = [
      LargeCheckpoint.tensors.map { ($0.name.replacing("blocks", with: "layers"), $0.shape) },
      LargeCheckpoint.tensors.map { ($0.name, $0.shape.reversed()) },
      [("blocks.0.weight", [64, 128])],
    ]
    let damages = try sets.enumerated().map { number, tensors in
      let checkpoint = try LargeCheckpoint.save(number + 2, in: other, tensors: tensors)
      return (what: "\(tensors)", bytes: try bytes(of: "\(checkpoint.directory)/\(file)"))
    }
    #expect(try detect(file, damages) == 3)
  }

  @Test("Another format version", arguments: [0, 2, 10])
  func formatVersion(version: Int) throws {
    let text = String(decoding: try bytes(of: path(2, Checkpoint.stateFile)), as: UTF8.self)
    let body = text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)[2]
      .replacing("\"format_version\" : 1,", with: "\"format_version\" : \(version),")
    var digest = SHA256()
    digest.update(Array(body.utf8).span)
    let sealed = "{\n  \"state_sha256\" : \"\(digest.hexadecimal)\",\n\(body)"
    #expect(try detect(Checkpoint.stateFile, [(what: "version", bytes: Array(sealed.utf8))]) == 1)
  }
}
