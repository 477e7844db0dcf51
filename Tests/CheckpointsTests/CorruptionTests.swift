import Digests
import Foundation
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Damaged checkpoints")
struct CorruptionTests {
  let folder: TemporaryFolder
  let store: CheckpointStore

  init() throws {
    folder = try TemporaryFolder()
    store = CheckpointStore(directory: folder.path)
    for step in [1, 2] { try SampleCheckpoint.save(step, in: store, best: [.weights: 1]) }
  }

  static let files = ["model.safetensors", "optimizer.safetensors", "state.json"]

  func path(_ step: Int, _ file: String) -> String { "\(store.path(of: step))/\(file)" }

  /// Step 2 is skipped with one line, and step 1 is taken.
  func expectFallback(_ what: String, line: (String) -> Bool = { _ in true }) throws {
    var lines: [String] = []
    let found = try store.newestValid { lines.append($0) }
    #expect(found?.state.step == 1, "\(what)")
    #expect(lines.count == 1, "\(what): \(lines)")
    #expect(
      lines.allSatisfy { $0.contains("step-0000000002") && !$0.contains("\n") && line($0) },
      "\(what): \(lines)")
  }

  @Test("Every flipped bit is found", arguments: files)
  func bitFlips(file: String) throws {
    let path = path(2, file)
    let whole = try bytes(of: path)
    for place in whole.indices {
      for bit in 0..<8 {
        var changed = whole
        changed[place] ^= 1 << bit
        try write(changed, to: path)
        try expectFallback("bit \(bit) of byte \(place) of \(file)")
      }
    }
    try write(whole, to: path)
    #expect(try store.newestValid { Issue.record("\($0)") }?.state.step == 2)
  }

  @Test("Every truncation is found, and a byte too many", arguments: files)
  func truncation(file: String) throws {
    let path = path(2, file)
    let whole = try bytes(of: path)
    for count in whole.indices {
      try write(Array(whole[..<count]), to: path)
      try expectFallback("\(count) bytes of \(file)")
    }
    try write(whole + [0x20], to: path)
    try expectFallback("a byte too many")
  }

  @Test("A missing file is found and named", arguments: files)
  func missingFile(file: String) throws {
    try FileManager.default.removeItem(atPath: path(2, file))
    try expectFallback("without \(file)") { $0.contains(file) }
  }

  @Test("Files swapped between steps are found", arguments: files)
  func swapped(file: String) throws {
    let (first, second) = try (bytes(of: path(1, file)), bytes(of: path(2, file)))
    try write(first, to: path(2, file))
    try expectFallback("\(file) of step 1 in step 2")
    try write(second, to: path(1, file))
    #expect(try store.newestValid { _ in } == nil)
  }

  @Test("A folder under the name of another step is found")
  func renamedFolder() throws {
    try FileManager.default.removeItem(atPath: store.path(of: 2))
    try FileManager.default.copyItem(atPath: store.path(of: 1), toPath: store.path(of: 2))
    try expectFallback("step 1 as step 2") { $0.contains("step 1") }
  }

  @Test("A file or an empty folder in the place of a checkpoint is skipped")
  func notACheckpoint() throws {
    try FileManager.default.removeItem(atPath: store.path(of: 2))
    try write([1, 2, 3], to: store.path(of: 2))
    try expectFallback("a file")
    try FileManager.default.removeItem(atPath: store.path(of: 2))
    try FileManager.default.createDirectory(
      atPath: store.path(of: 2), withIntermediateDirectories: false)
    try expectFallback("an empty folder")
  }

  @Test("Another format version is named")
  func formatVersion() throws {
    try rewriteState { $0.replacing("\"format_version\" : 1", with: "\"format_version\" : 2") }
    try expectFallback("version 2") { $0.contains("format version 2") }
  }

  @Test(
    "A state that no run can have is refused although its digest is right",
    arguments: [
      ("\"epoch\" : 1", "\"epoch\" : -1"), ("\"position\" : 32", "\"position\" : -32"),
      ("\"samples_seen\" : 32", "\"samples_seen\" : -1"), ("\"ranks\" : 3", "\"ranks\" : 0"),
      ("\"threads\" : 1", "\"threads\" : 0"), ("\"step\" : 1,", "\"step\" : -1,"),
      ("\"step\" : 2,", "\"step\" : -2,"),
      ("\"ranks\" : 3", "\"ranks\" : -9223372036854775808"),
      ("\"samples_seen\" : 32", "\"samples_seen\" : 9223372036854775807"),
    ])
  func impossibleState(good: String, bad: String) throws {
    try rewriteState {
      #expect($0.contains(good))
      return $0.replacing(good, with: bad)
    }
    try expectFallback(bad) { $0.contains("no run can have") }
  }

  @Test(
    "A state that is no state is refused although its digest is right",
    arguments: [
      "[]", "{}", "{\"format_version\" : 1}", "{\"format_version\" : 1e99}", "\u{0}", "{",
    ])
  func sealedNonsense(text: String) throws {
    try rewriteState { _ in text + "\n" }
    try expectFallback(text)
  }

  @Test("Deep nesting is refused although its digest is right")
  func sealedNesting() throws {
    try rewriteState { _ in "\"a\":" + String(repeating: "[", count: 1_000_000) }
    try expectFallback("nesting")
  }

  @Test(
    "A state cannot point outside of its folder",
    arguments: [
      "../step-0000000001/x", ".", "", "model.safetensors\\u0000",
      String(repeating: "m", count: 256),
    ])
  func outsideFile(name: String) throws {
    try rewriteState { $0.replacing("\"model.safetensors\"", with: "\"\(name)\"") }
    try expectFallback(name) { $0.contains("cannot be in the folder") }
  }

  /// Changes the state of step 2 and gives it the right digest.
  func rewriteState(_ change: (String) -> String) throws {
    let text = String(decoding: try bytes(of: path(2, "state.json")), as: UTF8.self)
    let lines = text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
    let body = change(String(lines[2]))
    var digest = SHA256()
    digest.update(Array(body.utf8).span)
    let sealed = "{\n  \"state_sha256\" : \"\(digest.hexadecimal)\",\n\(body)"
    try write(Array(sealed.utf8), to: path(2, "state.json"))
  }
}
