import Digests
import Foundation
import TestSupport
import Testing

@testable import Checkpoints

@Suite("The best checkpoint")
struct BestTests {
  let folder: TemporaryFolder
  let store: CheckpointStore

  init() throws {
    folder = try TemporaryFolder()
    store = CheckpointStore(directory: folder.path)
  }

  private func fail(_ line: String) { Issue.record("\(line)") }

  @Test("The state knows it: no link is needed, and one that is out of date changes nothing")
  func withoutLink() throws {
    for step in 1...5 { try SampleCheckpoint.save(step, in: store, best: [.weights: min(step, 2)]) }
    #expect(try store.bestStep(of: .weights) == 2)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/best", withDestinationPath: "step-0000000001")
    #expect(try store.bestStep(of: .weights) == 2)
    #expect(try store.prune(keep: 2, reporting: fail) == [3, 1])
    #expect(try store.steps() == [5, 4, 2])
  }

  @Test("In a copy whose links have become folders it is known, it stays, and one line says so")
  func dereferenced() throws {
    for step in 1...5 { try SampleCheckpoint.save(step, in: store, best: [.weights: min(step, 2)]) }
    try FileManager.default.copyItem(atPath: store.path(of: 1), toPath: "\(folder.path)/best")
    #expect(try store.prune(keep: 2, reporting: fail) == [3, 1])
    #expect(try store.bestStep(of: .weights) == 2)
    var lines: [String] = []
    for _ in 1...2 {
      store.linkBest(try store.open(step: 5).state) { lines.append($0) }
    }
    #expect(
      lines.count == 1 && lines[0].contains("/best: something other than a link is in the way"))
    #expect(try names(in: folder.path).allSatisfy { !$0.hasPrefix(".") })
  }

  @Test("The path of the link means the step that the state names, whatever is there")
  func path() throws {
    for step in 1...4 {
      try SampleCheckpoint.save(
        step, in: store, best: [.weights: min(step, 2), .averaged: min(step, 3)])
    }
    let (best, file) = ("\(folder.path)/best", "\(folder.path)/best/model.safetensors")
    func expectBest(_ comment: Comment) throws {
      #expect(try Checkpoint.path(meantBy: best) == store.path(of: 2), comment)
      #expect(try Checkpoint.path(meantBy: best + "/") == store.path(of: 2), comment)
      #expect(
        try Checkpoint.path(meantBy: file) == "\(store.path(of: 2))/model.safetensors", comment)
      #expect(try Checkpoint.path(meantBy: best + "-averaged") == store.path(of: 3), comment)
    }
    let manager = FileManager.default
    try expectBest("no link")
    try manager.createSymbolicLink(atPath: best, withDestinationPath: "step-0000000001")
    try expectBest("a link to another step")
    try manager.removeItem(atPath: best)
    try manager.copyItem(atPath: store.path(of: 1), toPath: best)
    try expectBest("a folder with another step")
    for other in [store.path(of: 1), folder.path, "\(folder.path)/none/best", "best", ""] {
      #expect(try Checkpoint.path(meantBy: other) == other)
    }
    // The best alone was copied, under the name of its link.
    try manager.removeItem(atPath: best)
    try manager.moveItem(atPath: store.path(of: 2), toPath: best)
    #expect(try Checkpoint.path(meantBy: best) == best)
    try manager.removeItem(atPath: best)
    #expect(throws: CheckpointError.self) { try Checkpoint.path(meantBy: best) }
  }

  @Test("Weights and averaged weights each have their own, which stay both")
  func kinds() throws {
    for step in 1...6 {
      try SampleCheckpoint.save(
        step, in: store, best: [.weights: min(step, 3), .averaged: min(step, 1)])
    }
    #expect(try store.bestStep(of: .weights) == 3)
    #expect(try store.bestStep(of: .averaged) == 1)
    #expect(try store.prune(keep: 2, reporting: fail) == [4, 2])
    store.linkBest(try store.open(step: 6).state, reporting: fail)
    let manager = FileManager.default
    #expect(
      try manager.destinationOfSymbolicLink(atPath: "\(folder.path)/best") == "step-0000000003")
    #expect(
      try manager.destinationOfSymbolicLink(atPath: "\(folder.path)/best-averaged")
        == "step-0000000001")
  }

  @Test("The newest valid checkpoint says which it is, not a damaged newer one")
  func damagedNewest() throws {
    for step in 1...5 {
      try SampleCheckpoint.save(step, in: store, best: [.weights: step == 5 ? 5 : min(step, 2)])
    }
    try write([0], to: "\(store.path(of: 5))/model.safetensors")
    var lines: [String] = []
    let reopened = CheckpointStore(directory: folder.path)
    #expect(try reopened.prune(keep: 2) { lines.append($0) } == [1])
    #expect(try store.steps() == [5, 4, 3, 2])
  }

  @Test("What an earlier version noted is that of the averaged weights where there are any")
  func formerState() throws {
    let draft = try store.begin(step: 7)
    try SampleCheckpoint.fill(draft)
    _ = try draft.commit(SampleCheckpoint.state(step: 7), reporting: fail)
    try rewriteAsFormer(step: 7, best: 4)
    let state = try store.open(step: 7).state
    #expect(state.best.mapValues(\.step) == [.weights: 4])
    #expect(state.metricsBytes == nil)
    #expect(try store.bestStep(of: .weights) == 4)

    let second = try store.begin(step: 8)
    try SampleCheckpoint.fill(second)
    let average = try second.writer(WeightsKind.averaged.file, tensors: [("weight", [1])])
    try average.write([1].span, tensor: "weight")
    _ = try second.commit(SampleCheckpoint.state(step: 8), reporting: fail)
    try rewriteAsFormer(step: 8, best: 5)
    #expect(try store.open(step: 8).state.best.mapValues(\.step) == [.averaged: 5])
    // It was what both kinds were taken from.
    #expect(try store.bestStep(of: .weights) == 5)
    #expect(try store.bestStep(of: .averaged) == 5)
  }

  /// Makes of `state.json` what 0.1.0 would have written.
  private func rewriteAsFormer(step: Int, best: Int) throws {
    let path = "\(store.path(of: step))/state.json"
    let lines = String(decoding: try bytes(of: path), as: UTF8.self).split(
      separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
    try #require(lines[2].contains("\"best_by_kind\" : {\n\n  }"), "\(lines[2])")
    let body = lines[2].replacing(
      "\"best_by_kind\" : {\n\n  }",
      with: "\"best\" : {\"metric\" : \"accuracy\", \"step\" : \(best), \"value\" : 0.5}")
    var digest = SHA256()
    digest.update(Array(body.utf8).span)
    try write(
      Array("{\n  \"state_sha256\" : \"\(digest.hexadecimal)\",\n\(body)".utf8), to: path)
  }
}
