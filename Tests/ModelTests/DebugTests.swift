import Kernels
import Model
import Testing

@Suite("Checks for numbers that are not finite")
struct DebugTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  @Test(
    "The first layer that goes wrong is named",
    arguments: [
      ("stem.proj.bias", "stem.proj"), ("blocks.1.norm.weight", "blocks.1.norm"),
      ("blocks.1.mlp_channels.fc1.weight", "blocks.1.mlp_channels.fc1"),
      ("blocks.2.mlp_channels.gate.norm.bias", "blocks.2.mlp_channels.gate.norm"),
      ("blocks.0.mlp_channels.gate.proj.weight", "blocks.0.mlp_channels.gate.proj"),
      ("blocks.0.mlp_channels.gate.proj.bias", "blocks.0.mlp_channels.gate"),
      ("blocks.2.mlp_channels.fc2.bias", "blocks.2.mlp_channels.fc2"), ("norm.bias", "norm"),
      ("head.weight", "head"),
    ])
  func activation(parameter: String, layer: String) throws {
    let range = try #require(fixture.model.layout[parameter]).range
    fixture.weights.set([.nan], at: range.lowerBound)
    let arena = fixture.model.makeArena(microBatchSize: 5)
    let gradient = FloatBuffer(count: fixture.model.layout.count)
    #expect(throws: ModelError.notFinite(layer: layer, quantity: "activation")) {
      try fixture.train(arena: arena, gradient: gradient, debug: true)
    }
  }

  @Test("A gradient that overflows behind finite activations is named")
  func gradient() throws {
    // Tokens that are all zero have the deviation √ε: forward sees 0 times a huge gain, backward
    // the gain times 1 / √ε.
    for name in ["stem.proj.weight", "stem.proj.bias"] {
      let range = try #require(fixture.model.layout[name]).range
      fixture.weights.set([Float](repeating: 0, count: range.count), at: range.lowerBound)
    }
    let gain = try #require(fixture.model.layout["blocks.0.norm.weight"]).range
    fixture.weights.set([Float](repeating: 3e38, count: gain.count), at: gain.lowerBound)
    let arena = fixture.model.makeArena(microBatchSize: 5)
    let gradient = FloatBuffer(count: fixture.model.layout.count)
    #expect(throws: ModelError.notFinite(layer: "blocks.0", quantity: "gradient")) {
      try fixture.train(arena: arena, gradient: gradient, debug: true)
    }
  }
}
