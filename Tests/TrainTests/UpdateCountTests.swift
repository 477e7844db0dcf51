import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Checkpoints

/// Adam's t counts updates: a step whose update was left out is none.
@Suite("Counted updates", .tags(.mpi), .serialized)
struct UpdateCountTests {
  private static let rate = 0.001
  private static let plain = [
    "schedule.kind=constant", "schedule.warmup_steps=0", "optimizer.learning_rate=\(rate)",
    "optimizer.weight_decay=0", "optimizer.grad_clip=0",
  ].flatMap { ["--set", $0] }

  private let runs: DigitsRuns

  init() throws {
    runs = try DigitsRuns()
  }

  private func checkpoint(_ directory: String, step: Int) throws -> Checkpoint {
    try CheckpointStore(directory: "\(runs.path)/\(directory)/checkpoints").open(step: step)
  }

  /// The head's weights, the only ones with a gradient before the first update.
  private func weights(_ directory: String, step: Int) throws -> [Float] {
    let file = try checkpoint(directory, step: step).file("model.safetensors")
    let tensor = try #require(file.tensors["head.weight"])
    var values = [Float](repeating: 0, count: tensor.count)
    var span = values.mutableSpan
    try file.read(tensor.name, into: &span)
    return values
  }

  @Test(
    "The update after a skipped first step is as large as a first one, resumed or not",
    arguments: [nil, 3])
  func afterSkip(ranks: Int?) async throws {
    let fault = ["GMLP_TRAIN_FAULT": "0:backward:1:nan"]
    let start = try await runs.train(
      "resumed", ranks: ranks, Self.plain + ["--stop-after", "1"], environment: fault)
    #expect(start.exitCode == 75, "\(start.standardError)")
    let initial = try weights("resumed", step: 1)
    for (directory, environment) in [("resumed", [:]), ("whole", fault)] {
      let run = try await runs.train(
        directory, ranks: ranks, Self.plain + ["--stop-after", "2"], environment: environment)
      #expect(run.exitCode == 75, "\(run.standardError)")
      let moves = zip(initial, try weights(directory, step: 2)).map { abs(Double($0 - $1)) }
      let largest = try #require(moves.max())
      #expect(abs(largest - Self.rate) < 0.02 * Self.rate, "\(directory): \(largest)")
      #expect(try checkpoint(directory, step: 2).state.updates == 1)
    }
    #expect(try weights("resumed", step: 2) == weights("whole", step: 2))
  }

  @Test("A checkpoint of 0.1.0 counts the steps but those that it knows to be skipped")
  func older() {
    var state = Self.state(step: 10)
    #expect(state.updatesDone == 10)
    state.skippedSteps = 2
    state.losses = CheckpointState.Losses(mean: 1, variance: 1, count: 7, skipped: 1)
    #expect(state.updatesDone == 7)
    state.updates = 5
    #expect(state.updatesDone == 5)
  }

  private static func state(step: Int) -> CheckpointState {
    CheckpointState(
      step: step, epoch: 0, position: 0, samplesSeen: 0, seed: 0, configuration: "",
      configurationDigest: "", datasetDigest: "", testDatasetDigest: nil, cpu: "", blas: "",
      build: "", world: CheckpointState.World(ranks: 1, threads: 1), best: [:], weightsSHA256: "")
  }
}
