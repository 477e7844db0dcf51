import Foundation
import RunSupport
import TestSupport
import Testing

/// What the real TensorBoard reads in the files of a run that was resumed.
@Suite("TensorBoard", .timeLimit(.minutes(60)))
struct TensorBoardTests {
  /// Values by plugin and tag; each a step, and a number or a list.
  private typealias Found = [String: [String: [[Any]]]]

  private let folder: TemporaryFolder

  /// Six steps, of which the last three were computed twice, with files that were written meanwhile.
  init() async throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    for _ in 1...2 {
      let run = try await command(
        "--config", "digits.toml", "--run-dir", "run", "--set", "log.tensorboard=true", "--set",
        "train.evaluate_every=2", in: folder.path)
      try #require(run.exitCode == 0, "\(run)")
      let last = "\(folder.path)/run/checkpoints/step-0000000006"
      if FileManager.default.fileExists(atPath: last) { try folder.remove(last) }
    }
  }

  @Test("Each start of a run has a file of its own, and the run's configuration knows the key")
  func files() throws {
    let names = try folder.names(in: "\(folder.path)/run")
    #expect(names.filter { $0.hasPrefix("events.out.tfevents.") }.count == 2)
    #expect(try folder.text(of: "run/config.toml").contains("[log]\ntensorboard = true\n"))
  }

  @Test(
    "After a resume each step has one point, with the value that the run has recorded",
    .enabled(if: Ecosystem.has("tensorboard"), "tensorboard is \(Ecosystem.advice)"))
  func resumed() async throws {
    let found = try await read("\(folder.path)/run")
    try check(found, histogramsAt: [2, 4, 6])
    let confusion = try #require(found["images"]?["validation/confusion_matrix"])
    #expect(confusion.compactMap { $0[0] as? Int } == [2, 4, 6])
  }

  @Test(
    "An export has the same points",
    .enabled(if: Ecosystem.has("tensorboard"), "tensorboard is \(Ecosystem.advice)"))
  func exported() async throws {
    let run = try await command(
      "export", "tensorboard", "run", "--output", "shown", in: folder.path)
    #expect(run.exitCode == 0 && run.standardOutput.hasPrefix("shown/events.out."), "\(run)")
    // The last checkpoint is removed above; of the best one before it the weights are known.
    let checkpoints = try folder.names(in: "\(folder.path)/run/checkpoints")
    #expect(checkpoints.contains("step-0000000004"), "\(checkpoints)")
    try check(try await read("\(folder.path)/shown"), histogramsAt: [4])
  }

  /// What `tensorboard_server.py` prints: each point is a time, a step and a value.
  private struct Served: Decodable {
    let scalars: [String: [[Double]]]
    let histograms: [String]
    let images: [String]
    let text: [String]
  }

  @Test(
    "TensorBoard serves every point, by both of its servers",
    .enabled(if: Ecosystem.has("tensorboard"), "tensorboard is \(Ecosystem.advice)"),
    arguments: ["true", "false"])
  func served(fast: String) async throws {
    let picture = "\(Ecosystem.pictures ?? folder.path)/tensorboard-\(fast).png"
    let run = try await Ecosystem.run(
      "tensorboard_server.py", "\(folder.path)/run", fast, picture)
    try #require(run.exitCode == 0, "\(run)")
    let served = try JSONDecoder().decode(Served.self, from: Data(run.standardOutput.utf8))
    let losses = try recordedLosses()
    let points = try #require(served.scalars["train/loss"])
    #expect(points.map { Int($0[1]) } == losses.map(\.step))
    #expect(points.map { Float($0[2]) } == losses.map { Float($0.loss) })
    #expect(served.scalars["validation/accuracy"]?.map { Int($0[1]) } == [2, 4, 6])
    #expect(served.histograms.contains("weights/head.weight"))
    #expect(served.images.contains("validation/confusion_matrix"))
    #expect(served.text.contains("run/configuration"))
  }

  @Test(
    "With an evaluation an export has the confusion matrix and sample predictions",
    .enabled(if: Ecosystem.has("tensorboard"), "tensorboard is \(Ecosystem.advice)"))
  func evaluated() async throws {
    let run = try await command(
      "export", "tensorboard", "run", "--evaluate", "--output", "shown", in: folder.path)
    #expect(run.exitCode == 0, "\(run)")
    let found = try await read("\(folder.path)/shown")
    let images = Set(try #require(found["images"]).keys.filter { $0.hasPrefix("validation/") })
    #expect(images.isSuperset(of: ["validation/confusion_matrix", "validation/first_samples"]))
    #expect(found["text"]?["validation/samples"]?.count == 1)
  }

  /// The loss of each step, as the run has recorded it.
  private func recordedLosses() throws -> [(step: Int, loss: Double)] {
    var losses: [(step: Int, loss: Double)] = []
    for line in try folder.text(of: "run/metrics.jsonl").split(separator: "\n") {
      let event = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      guard event["event"] as? String == "step" else { continue }
      losses.append(
        (step: try #require(event["step"] as? Int), loss: try #require(event["loss"] as? Double)))
    }
    return losses
  }

  private func check(_ found: Found, histogramsAt steps: [Int]) throws {
    let losses = try recordedLosses()
    let scalars = try #require(found["scalars"])
    let shown = try #require(scalars["train/loss"])
    #expect(shown.compactMap { $0[0] as? Int } == Array(1...6))
    #expect(shown.compactMap { $0[0] as? Int } == losses.map(\.step))
    for (point, recorded) in zip(shown, losses) {
      #expect((point[1] as? Double).map { Float($0) } == Float(recorded.loss))
    }
    for tag in ["optimizer/learning_rate", "optimizer/gradient_norm", "train/accuracy"] {
      #expect(scalars[tag]?.count == 6, "\(tag)")
    }
    #expect(scalars["validation/loss"]?.compactMap { $0[0] as? Int } == [2, 4, 6])
    #expect(scalars["validation/ema_accuracy"]?.count == 3)
    let histograms = try #require(found["histograms"]?["weights/head.weight"])
    #expect(histograms.compactMap { $0[0] as? Int } == steps)
    #expect(histograms.compactMap { $0[1] as? [Int] }.allSatisfy { $0 == [30, 3] })
    #expect(found["images"]?.keys.count { $0.hasPrefix("spatial/") } == 2)
    #expect(found["text"]?["run/environment"] != nil)
    #expect(found["hparams"]?.count == 2 && found["custom_scalars"]?.count == 1)
  }

  private func read(_ folder: String) async throws -> Found {
    let run = try await Ecosystem.run("tensorboard_values.py", folder)
    try #require(run.exitCode == 0, "\(run)")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8)) as? Found, "\(run)")
  }
}
