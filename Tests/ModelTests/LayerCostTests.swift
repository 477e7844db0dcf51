import Testing

@testable import Model

@Suite("Costs of layers")
struct LayerCostTests {
  @Test(
    "All layers together cost what the model costs",
    arguments: ["gmlp-ti16", "mixer-s16", "deit-ti16", "resmlp-12", "mlm-small"])
  func sums(name: String) throws {
    let model = try Model(try #require(ModelConfiguration.preset(name)))
    let (layers, whole) = (model.layerCosts, ModelCost(model))
    let forward = layers.reduce(0) { $0 + $1.forwardMultiplyAdds }
    #expect(forward == whole.multiplyAdds)
    #expect(
      forward + layers.reduce(0) { $0 + $1.backwardMultiplyAdds } == whole.trainingMultiplyAdds)
    #expect(layers.first?.name == "stem" && layers.last?.name == "head")
  }

  @Test("Layers need weights and finish gradients where the model says so")
  func places() throws {
    let model = try Model(ModelConfiguration())
    let layers = model.layerCosts
    #expect(layers.map(\.firstWeight) == Array(model.layout.prefixes.dropFirst()) + [0])
    #expect(layers.map(\.finalGradients) == model.layout.prefixes.map { Optional($0) })
  }

  @Test("Where only the head learns, backward comes to no other layer before it ends")
  func frozen() throws {
    let model = try Model(ModelConfiguration(), freezing: { !$0.hasPrefix("head") })
    let finals = model.layerCosts.map(\.finalGradients)
    #expect(finals.first == model.layout.gradientCount)
    #expect(finals.last == model.layout.gradientCount)
    #expect(finals.dropFirst().dropLast().allSatisfy { $0 == nil })
  }

  @Test("A micro-batch is cut into whole sub-batches, of which as many take turns as fit")
  func subBatches() throws {
    let model = try Model(ModelConfiguration())
    func cut(_ size: Int, _ interleaved: Int) -> SubBatches {
      model.subBatches(microBatchSize: 16, subBatchSize: size, interleavedSamples: interleaved)
    }
    #expect(cut(4, 0).perMicroBatch == 4 && cut(4, 0).interleaved == 1)
    #expect(cut(5, 0).perMicroBatch == 4)
    #expect(cut(4, 16).interleaved == 4 && cut(16, 32).interleaved == 2)
  }
}
