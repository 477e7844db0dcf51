import Configuration
import Memory
import Model
import Saving
import Testing

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
      let files = CheckpointTensor.fileBytes(of: configuration, model.layout)
      let parameters = ModelCost(model).parameters * MemoryLayout<Float>.stride
      #expect(files["model.safetensors"] == parameters)
      #expect(files["optimizer.safetensors"] == (slots.isEmpty ? nil : slots.count * parameters))
      #expect(files["ema.safetensors"] == (decay > 0 ? parameters : nil))
    }
  }

  @Test("Frozen tensors take no gradient, no slots and no exchange")
  func frozen() throws {
    var configuration = TrainingConfiguration()
    configuration.train.emaDecay = 0.9
    configuration.train.sharedMemory = false
    let whole = try configuration.makeModel()
    try configuration.apply(assignment: #"optimizer.frozen=["stem.*", "blocks.*", "norm.*"]"#)
    let probe = try configuration.makeModel()
    func estimate(_ model: Model, ranks: Int) -> MemoryEstimate {
      MemoryEstimate(configuration, model, ranks: ranks, sharesMemory: false, dataBytes: 0)
    }
    let float = MemoryLayout<Float>.stride
    let (all, learning) = (whole.layout.count * float, probe.layout.gradientCount * float)
    #expect(learning < all / 20 && probe.layout.count * float >= all)
    for ranks in [1, 2] {
      let (before, after) = (estimate(whole, ranks: ranks), estimate(probe, ranks: ranks))
      #expect(after.weights == probe.layout.count * float)
      // The least that a rank owns is a block.
      #expect(20 * after.gradients < before.gradients && after.gradients >= learning)
      #expect(20 * after.optimizer < before.optimizer && after.optimizer == 3 * learning)
      #expect(20 * after.exchange <= before.exchange)
    }
    let files = CheckpointTensor.fileBytes(of: configuration, probe.layout)
    let cost = ModelCost(probe)
    #expect(files["optimizer.safetensors"] == 2 * cost.trainableParameters * float)
    #expect(files["model.safetensors"] == files["ema.safetensors"])
  }
}
