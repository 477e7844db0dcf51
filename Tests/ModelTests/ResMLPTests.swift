import Batches
import Foundation
import Kernels
import TestSupport
import Testing

@testable import Model

/// What timm's other models do not have: affine layers for norms, and scaled branches.
@Suite("ResMLP")
struct ResMLPTests {
  private static var small: ModelConfiguration { ImageFixtureTests.Variant.resmlp.configuration }

  /// The tensors of timm's `resmlp_12_224`, by `Fixtures/make_image_fixtures.py`.
  private static func timmsTensors() throws -> [String: [Int]] {
    let file = Bundle.module.bundleURL.appendingPathComponent("Fixtures/resmlp_12_224.txt")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    return Dictionary(
      uniqueKeysWithValues: lines.map { line in
        let words = line.split(separator: " ")
        return (String(words[0]), words.dropFirst().compactMap { Int($0) })
      })
  }

  @Test("ResMLP-12 has the 150 tensors of timm, each with its shape")
  func tensors() throws {
    let layout = try Model(#require(ModelConfiguration.preset("resmlp-12"))).layout
    let ours = Dictionary(uniqueKeysWithValues: layout.parameters.map { ($0.name, $0.shape) })
    #expect(ours.count == 150)
    #expect(try ours == Self.timmsTensors())
    #expect(layout.parameters.map(\.range.count).reduce(0, +) == 15_350_872)
  }

  @Test("Matrices decay; gains, shifts and scales do not")
  func decay() throws {
    for parameter in try Model(Self.small).layout.parameters {
      #expect(parameter.decays == parameter.name.hasSuffix("weight"), "\(parameter.name)")
    }
  }

  @Test("It begins as timm's: branches are scaled by less where there are more blocks")
  func initialValues() throws {
    for (layers, scale) in [(12, 1e-4), (24, 1e-5), (36, 1e-6)] as [(Int, Float)] {
      var configuration = Self.small
      configuration.numLayers = layers
      let model = try Model(configuration)
      let weights = FloatBuffer(count: model.layout.count)
      model.initializeWeights(weights, seed: 5)
      func values(_ name: String) throws -> [Float] {
        weights.values(try #require(model.layout["blocks.\(layers - 1).\(name)"]).range)
      }
      #expect(try (values("ls1") + values("ls2")).allSatisfy { $0 == scale })
      #expect(try (values("norm1.alpha") + values("norm2.alpha")).allSatisfy { $0 == 1 })
      #expect(try (values("norm1.beta") + values("norm2.beta")).allSatisfy { $0 == 0 })
      #expect(try values("linear_tokens.bias").allSatisfy { $0 == 0 })
      let mixing = try values("linear_tokens.weight").map(abs)
      let limit = Float((6 / 30.0).squareRoot())
      #expect(mixing.count == 225 && mixing.allSatisfy { $0 <= limit })
      #expect(try #require(mixing.max()) > 0.9 * limit)
      let bias = try values("mlp_channels.fc1.bias").map(abs)
      #expect(bias.allSatisfy { $0 < 1e-5 } && bias.contains { $0 > 0 })
    }
  }

  @Test(
    "bf16 is timm's to its rounding",
    .enabled(if: BFloat16.isFast, "this processor has no instructions for bf16"))
  func bf16() throws {
    let fixture = try ResMLPFixture(.bf16)
    // As in `BFloat16Tests`: on the longest path each of the two branches of both blocks rounds its input, up to two
    // layers, and its output, and as many gradients on the way back.
    let tolerance = 2 * (2.0 * 16).squareRoot() * 0x1p-8
    let (result, gradient) = try fixture.train()
    #expect(relativeError([result.lossSum], try fixture.file("loss")) < tolerance)
    for parameter in fixture.model.layout.parameters {
      let error = relativeError(
        gradient.values(parameter.range), try fixture.file("gradients.\(parameter.name)"))
      #expect(error < tolerance, "\(parameter.name): \(error)")
    }
    let wide = try ResMLPFixture(.fp32).train().gradient
    let everything = 0..<fixture.model.layout.count
    #expect(gradient.values(everything) != wide.values(everything))
  }

  @Test("With dropout and skipped branches the gradient is that of the loss")
  func droppedGradient() throws {
    let fixture = try ResMLPFixture(.fp32) {
      $0.dropout = 0.3
      $0.survivalProbability = 0.7
    }
    let (result, gradient) = try fixture.train()
    let everything = 0..<fixture.model.layout.count
    let (values, direction) = (fixture.weights.values(everything), gradient.values(everything))
    let square = direction.reduce(0) { $0 + Double($1) * Double($1) }
    // A step that changes the loss by about a thousandth of itself.
    let length = Float(1e-3 * result.lossSum / square)
    let losses = try [length, -length].map { length in
      fixture.weights.set(zip(values, direction).map { $0 + length * $1 }, at: 0)
      return try fixture.train().result.lossSum
    }
    let slope = (losses[0] - losses[1]) / Double(2 * length)
    // The loss is rounded to about 2⁻²⁰ of itself, and curves by its square's order.
    #expect(abs(slope / square - 1) < 0.01, "\(slope) and \(square)")
  }

  @Test(
    "The first layer that goes wrong is named",
    arguments: [
      ("norm1.beta", "norm1"), ("linear_tokens.weight", "linear_tokens"),
      ("ls1", "linear_tokens"), ("norm2.alpha", "norm2"),
      ("mlp_channels.fc1.weight", "mlp_channels.fc1"),
      ("mlp_channels.fc2.bias", "mlp_channels.fc2"), ("ls2", "mlp_channels.fc2"),
    ])
  func debug(parameter: String, layer: String) throws {
    let fixture = try ResMLPFixture(.fp32)
    let range = try #require(fixture.model.layout["blocks.1.\(parameter)"]).range
    fixture.weights.set([.nan], at: range.lowerBound)
    #expect(throws: ModelError.notFinite(layer: "blocks.1.\(layer)", quantity: "activation")) {
      try fixture.train()
    }
  }
}

/// The small ResMLP of `Fixtures/make_image_fixtures.py`: weights, one batch, and PyTorch's results.
private struct ResMLPFixture {
  let file: TensorFile
  let model: Model
  let weights: FloatBuffer

  init(_ precision: Precision, _ change: (inout ModelConfiguration) -> Void = { _ in }) throws {
    file = try TensorFile(
      Bundle.module.bundleURL.appendingPathComponent("Fixtures/image-resmlp.safetensors"))
    var configuration = ImageFixtureTests.Variant.resmlp.configuration
    change(&configuration)
    model = try Model(configuration, precision: precision)
    weights = FloatBuffer(count: model.layout.count)
    for parameter in model.layout.parameters {
      let values = try file("weights.\(parameter.name)").map { Float($0) }
      weights.set(values, at: parameter.range.lowerBound)
    }
  }

  /// One call of the model's `train` on the five images, which checks every number.
  @discardableResult
  func train() throws -> (result: MicroBatchResult, gradient: FloatBuffer) {
    let gradient = FloatBuffer(count: model.layout.count)
    let operands = model.makeOperands()
    operands.update(from: weights, 0..<weights.count)
    let batch = try MicroBatch(
      Batch(
        .images(file("images").map { Float($0) }), labels: file("labels").map { Int32($0) },
        samples: Array(0..<5)), gradient: gradient)
    let results = try model.train(
      [batch], step: 1, seed: 0, labelSmoothing: 0.1, weights: weights, operands: operands,
      arena: model.makeArena(microBatchSize: 5, subBatchSize: 2), debug: true)
    return (results[0], gradient)
  }
}
