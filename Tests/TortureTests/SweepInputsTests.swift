import Configuration
import Digests
import Foundation
import Model
import Reporting
import RunSupport
import TestSupport
import Testing

@testable import Torture

/// Runs in the folder of a sweep that began with other weights or other data than the sweep names now.
@Suite("Weights and data of sweeps")
struct SweepInputsTests {
  /// A digest that no file has.
  private static let other = String(repeating: "0", count: 64)
  private static let short = "000000000000…"

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    try folder.write("[data]\ntrain = [\"a\", \"b\"]\ntest = [\"a\", \"b\"]\n", to: "gone.toml")
  }

  /// A sweep of one run, which begins with `weights` where they are given.
  private func sweep(
    _ configuration: String = "digits.toml", weights: String? = nil
  ) throws -> Sweep {
    let text = "config = \"\(configuration)\"\n[[variant]]\nname = \"one\"\n"
    return try Sweep(file: folder.write(text, to: "sweep.toml"), weights: weights)
  }

  private func start(_ run: Sweep.Run, _ recorded: [String: String], resumedFrom: Int?) -> String {
    var line = JSONLine(event: "start")
    let configuration = run.configuration.resolved()
    line.add("products", configuration.train.products.rawValue)
    line.add("precision", configuration.train.precision.rawValue)
    line.add("configuration_digest", configuration.identityDigest)
    if let resumedFrom { line.add("resumed_from", resumedFrom) }
    for (key, digest) in recorded { line.add(key, digest) }
    return line.text
  }

  /// Leaves the metrics of the sweep's run, finished, which recorded `digests` at its first start.
  private func leave(_ sweep: Sweep, _ digests: [String: String], resumed: Bool = false) throws {
    let run = sweep.runs[0]
    let lines = [
      start(run, digests, resumedFrom: resumed ? 1 : nil), start(run, [:], resumedFrom: 2),
      #"{"event":"evaluation","step":3,"loss":2,"accuracy":0.5}"#,
      #"{"event":"end","reason":"finished","weights_sha256":"00"}"#,
    ]
    try folder.write(
      lines.joined(separator: "\n") + "\n", to: "runs/\(run.directory)/metrics.jsonl")
  }

  /// Whether the sweep takes what was left as its own, finished.
  private func takes(_ sweep: Sweep) throws -> Bool {
    try SweepTable(sweep, in: "\(folder.path)/runs").rows[0].runs == 1
  }

  /// Expects one line with exit code 64 that names the run, `words`, and what to do.
  private func expectRefusal(_ sweep: Sweep, _ words: String...) {
    let error = #expect(throws: CommandError.self) { try takes(sweep) }
    #expect(error?.exitCode == 64)
    let line = error?.description ?? ""
    for word in ["runs/one-seed0: ", "remove the run", "--output"] + words {
      #expect(line.contains(word), "\(line)")
    }
    #expect(!line.contains("\n"))
  }

  /// A file of weights in the folder, and its digest.
  private func weights(_ value: UInt8) throws -> (path: String, digest: String) {
    var file = SafeTensorsBytes()
    file.tensors["a"] = .init(type: "F32", shape: [1], data: [0, 0, value, 0])
    var hasher = SHA256()
    hasher.update(file.bytes.span)
    return (try folder.write(file.bytes, to: "w.safetensors"), hasher.hexadecimal)
  }

  @Test("A run is taken if it began with the weights that are given now, however often it resumed")
  func sameWeights() throws {
    let (path, digest) = try weights(1)
    let sweep = try sweep(weights: path)
    try leave(sweep, ["given_weights_sha256": digest])
    #expect(try takes(sweep))
  }

  @Test("Other contents behind the same path are other weights")
  func otherContents() throws {
    let (path, old) = try weights(1)
    let sweep = try sweep(weights: path)
    try leave(sweep, ["given_weights_sha256": old])
    let new = try weights(2).digest
    expectRefusal(sweep, path, "\(old.prefix(12))…", "\(new.prefix(12))…")
  }

  @Test("Random weights are others than given ones, in either direction")
  func random() throws {
    let (path, digest) = try weights(1)
    try leave(sweep(), ["given_weights_sha256": digest])
    expectRefusal(try sweep(), "\(digest.prefix(12))…", "random")
    // So are those of versions that recorded none.
    try leave(sweep(), [:])
    #expect(try takes(sweep()))
    expectRefusal(try sweep(weights: path), "random", path)
    // They need not be there to be others.
    expectRefusal(try sweep(weights: "\(path)-2"), "random", "\(path)-2")
  }

  @Test("A run whose weights are gone is kept, and so is one whose first start is not known")
  func unknownWeights() throws {
    let gone = try sweep(weights: "\(folder.path)/gone.safetensors")
    try leave(gone, ["given_weights_sha256": Self.other])
    #expect(try takes(gone))
    let there = try sweep(weights: weights(1).path)
    expectRefusal(there, Self.short)
    try leave(there, [:], resumed: true)
    #expect(try takes(there))
  }

  @Test(
    "Other data are named with both digests",
    arguments: [("dataset_digest", "training set"), ("test_dataset_digest", "test set")])
  func otherData(key: String, words: String) throws {
    let sweep = try sweep()
    try leave(sweep, [key: Self.other])
    expectRefusal(sweep, words, Self.short)
  }

  @Test("A run whose data are gone is kept")
  func goneData() throws {
    let sweep = try sweep("gone.toml")
    try leave(sweep, ["dataset_digest": Self.other, "test_dataset_digest": Self.other])
    #expect(try takes(sweep))
  }

  @Test("Weights and data are read once a sweep")
  func once() throws {
    let (path, digest) = try weights(1)
    let sweep = try sweep(weights: path)
    try leave(sweep, ["given_weights_sha256": digest])
    let inputs = SweepInputs()
    let runs = "\(folder.path)/runs"
    #expect(try SweepResult(sweep.runs[0], in: runs, comparing: inputs).isOver)
    _ = try weights(2)
    #expect(try SweepResult(sweep.runs[0], in: runs, comparing: inputs).isOver)
    #expect(throws: CommandError.self) {
      try SweepResult(sweep.runs[0], in: runs, comparing: SweepInputs())
    }
  }

  @Test("Other settings are named where the run has kept its own")
  func settings() throws {
    let old = try Sweep(
      file: folder.write(
        "config = \"digits.toml\"\nset = [\"train.steps=7\"]\n[[variant]]\nname = \"one\"\n",
        to: "old.toml"))
    try leave(old, [:])
    let new = try sweep()
    expectRefusal(new, "trained with other settings than the sweep has now;")
    try folder.write(
      old.runs[0].configuration.resolved().toml, to: "runs/\(old.runs[0].directory)/config.toml")
    expectRefusal(new, "train.steps is 6 here and 7 there")
  }
}
