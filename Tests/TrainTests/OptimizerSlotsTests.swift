import Configuration
import Model
import Testing

@testable import Train

/// What an optimizer keeps, as memory and checkpoints count it.
@Suite("Slots of optimizers")
struct OptimizerSlotsTests {
  @Test(
    "Memory and checkpoints have a buffer for each slot, and for the average",
    arguments: [
      (["optimizer.kind=adamw"], ["exp_avg", "exp_avg_sq"]),
      (["optimizer.kind=lamb"], ["exp_avg", "exp_avg_sq"]),
      (["optimizer.kind=sgd"], ["momentum_buffer"]),
      (["optimizer.kind=sgd", "optimizer.momentum=0"], []),
    ])
  func slots(settings: [String], slots: [String]) throws {
    for decay in [0, 0.9] {
      var configuration = TrainingConfiguration()
      for assignment in settings { try configuration.apply(assignment: assignment) }
      configuration.train.emaDecay = decay
      let average: [CheckpointTensor] = decay > 0 ? [.average] : []
      let tensors = CheckpointTensor.all(of: configuration)
      #expect(tensors == slots.map { .state($0) } + average)
      let model = try Model(configuration.model)
      let estimate = MemoryEstimate(
        configuration, model, ranks: 1, sharesMemory: false, dataBytes: 0)
      let bytes = model.layout.count * MemoryLayout<Float>.stride
      #expect(estimate.optimizer == tensors.count * bytes)
      #expect(estimate.checkpoint == (1 + tensors.count) * bytes)
      #expect(
        CheckpointTensor.largestFileBytes(of: configuration, parameters: model.layout.count)
          == max(1, slots.count) * bytes)
    }
  }
}
