import Comm
import Datasets
import Model
import Saving
import Synchronization
import TestSupport
import Testing

@testable import Checkpoints
@testable import Configuration
@testable import Train

/// The end of a run whose newest save has failed.
@Suite("Stops after a failed save")
struct StopTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Takes one step, saves it on a disk that refuses the first `failures` files, and stops.
  private func stop(failures: Int) throws -> Trainer.Ending {
    let communication = try CommunicationThread(
      try LaunchEnvironment { _ in nil }, computeThreads: 1)
    var configuration = TrainingConfiguration()
    configuration.model.imageSize = [8, 8]
    configuration.data.format = .digits
    configuration.data.train = []
    configuration.data.test = []
    configuration.train.steps = 9
    let parts = try TrainingRun.prepare(configuration, TrainingOptions(), communication)
    let left = Atomic(failures)
    let disk = Disk(willPerform: { operation throws(CheckpointError) in
      guard case .createFile(let path) = operation, left.load(ordering: .relaxed) > 0 else {
        return
      }
      left.subtract(1, ordering: .relaxed)
      throw CheckpointError(call: "open", file: path, number: 28)
    })
    let tensors = [CheckpointTensor.state("exp_avg"), .state("exp_avg_sq")]
    let writer = CheckpointWriter(
      store: CheckpointStore(directory: "\(folder.path)/checkpoints", on: disk),
      layout: parts.model.layout, tensors: tensors, keep: 2, report: { Issue.record("\($0)") })
    let trainer = try Trainer(
      parts, progress: TrainingProgress(),
      saver: CheckpointSaver(
        communication: communication, optimizer: parts.optimizer,
        gradientBuckets: parts.gradientBuckets, weightCount: parts.model.layout.count,
        tensors: tensors, writer: writer, activity: parts.activity),
      report: Report(metrics: nil, display: nil))
    let plan = try #require(try trainer.firstPlan())
    _ = try trainer.takeStep(plan)
    try trainer.save(isLast: false)
    defer { #expect(throws: Never.self) { try communication.finalize() } }
    return try trainer.stop()
  }

  @Test("A stop saves again what could not be written before")
  func savedAgain() throws {
    #expect(try stop(failures: 1) == .stopped)
    let store = CheckpointStore(directory: "\(folder.path)/checkpoints")
    #expect(try store.open(step: 1).state.step == 1)
    #expect(try store.sweepTemporaries { Issue.record("\($0)") } == [])
  }

  @Test("A second failure is the run's own error")
  func failedAgain() {
    let error = #expect(throws: TrainingError.self) { _ = try stop(failures: 2) }
    #expect(error?.description.contains("step 1 could not be written") == true)
    #expect(error?.description.hasSuffix("there is no earlier one") == true, "\(error as Any)")
  }
}
