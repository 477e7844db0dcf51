import Batches
import Foundation
import Kernels
import Model
import TestSupport
import Testing

/// ViT, MLP-Mixer and ResMLP of `Fixtures/make_image_fixtures.py` against timm.
@Suite("Images against timm's other models")
struct ImageFixtureTests {
  enum Variant: String, CaseIterable {
    case vit, mixer, resmlp

    var configuration: ModelConfiguration {
      var configuration = ModelConfiguration()
      configuration.imageSize = [12, 25]
      configuration.channels = 2
      configuration.patchSize = [4, 5]
      configuration.dModel = 10
      configuration.dFFN = 34
      configuration.numLayers = 2
      configuration.numClasses = 7
      switch self {
      case .vit:
        configuration.kind = .transformer
        configuration.numHeads = 2
        configuration.positions = .learned
        configuration.classToken = true
      case .mixer: (configuration.kind, configuration.dToken) = (.mixer, 7)
      case .resmlp: configuration.kind = .resmlp
      }
      return configuration
    }
  }

  /// As in `TimmFixtureTests`, with attention or layers over the tokens in place of the gate.
  private func tolerance(_ model: Model) -> Double {
    let sizes = model.configuration
    let block = 2 * sizes.dModel + 2 * sizes.dFFN + 3 * sizes.tokens + 3 * sizes.dModel + 40
    let forward = 2 * 20 + sizes.numLayers * block + sizes.dModel + sizes.numClasses
    return 6 * Double(2 * forward).squareRoot() * 0x1p-24
  }

  @Test(
    "Names, logits, loss and every gradient agree, in whatever pieces",
    arguments: Variant.allCases, [0, 1, 2])
  func gradients(variant: Variant, subBatchSize: Int) throws {
    let file = try TensorFile(
      Bundle.module.bundleURL.appendingPathComponent("Fixtures/image-\(variant).safetensors"))
    let model = try Model(variant.configuration)
    let names = file.tensors.keys.filter { $0.hasPrefix("weights.") }
    #expect(Set(model.layout.parameters.map { "weights.\($0.name)" }) == Set(names))
    let weights = FloatBuffer(count: model.layout.count)
    for parameter in model.layout.parameters {
      weights.set(
        try file("weights.\(parameter.name)").map { Float($0) }, at: parameter.range.lowerBound)
    }
    let images = try file("images").map { Float($0) }
    let labels = try file("labels").map { Int32($0) }
    let arena = model.makeArena(microBatchSize: 5, subBatchSize: subBatchSize)
    let tolerance = tolerance(model)

    let logits = model.logits(
      .images(images), count: 5, weights: weights, operands: model.makeOperands(), arena: arena)
    #expect(relativeError(logits, try file("logits")) < tolerance)
    let gradient = FloatBuffer(count: model.layout.count)
    let batch = MicroBatch(
      Batch(.images(images), labels: labels, samples: Array(0..<5)), gradient: gradient)
    let result = try model.train(
      [batch], step: 1, seed: 0, labelSmoothing: 0.1, weights: weights,
      operands: model.makeOperands(), arena: arena, debug: true)[0]
    #expect(relativeError([result.lossSum], try file("loss")) < tolerance)
    for parameter in model.layout.parameters {
      let error = relativeError(
        gradient.values(parameter.range), try file("gradients.\(parameter.name)"))
      #expect(error < tolerance, "\(parameter.name): \(error)")
    }
  }
}
