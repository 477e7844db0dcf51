import Batches
import Foundation
import Kernels
import Model
import TestSupport

/// A small model of `Fixtures/make_task_fixtures.py`, which classifies texts or finds spans: weights, one batch, and
/// PyTorch's results.
struct TaskFixture {
  /// The models that the script makes.
  enum Variant: String, CaseIterable {
    case gmlpFirst = "gmlp-first"
    case gmlpMean = "gmlp-mean"
    case gmlpSpans = "gmlp-spans"
    case amlpFirst = "amlp-first"
    case amlpSpans = "amlp-spans"
    case transformerFirst = "transformer-first"
    case transformerMean = "transformer-mean"
    case transformerSpans = "transformer-spans"
    case relativeSpans = "relative-spans"
    case denseMean = "dense-mean"
    case denseSpans = "dense-spans"
    case mixerMean = "mixer-mean"

    var configuration: ModelConfiguration {
      let words = rawValue.split(separator: "-")
      var configuration = ModelConfiguration()
      configuration.input = .text
      configuration.task.kind = words[1] == "spans" ? .spans : .classification
      configuration.task.pooling = words[1] == "mean" ? .mean : .first
      configuration.task.dropout = 0
      configuration.vocabularySize = 37
      configuration.sequenceLength = 11
      configuration.numClasses = 3
      configuration.paddingToken = 0
      configuration.dModel = 10
      configuration.dFFN = 34
      configuration.numLayers = 2
      switch words[0] {
      case "gmlp": configuration.toeplitz = true
      case "amlp": (configuration.toeplitz, configuration.attentionSize) = (true, 3)
      case "mixer": (configuration.kind, configuration.dToken) = (.mixer, 7)
      case "transformer", "relative":
        configuration.kind = .transformer
        configuration.numHeads = 2
        configuration.positions = words[0] == "relative" ? .relative : .learned
      default: break
      }
      return configuration
    }

    var findsSpans: Bool { configuration.output == .span }
  }

  let file: TensorFile
  let model: Model
  let weights: FloatBuffer
  let operands: Operands
  let tokens: [Int32]
  let labels: [Int32]

  init(
    _ variant: Variant, _ precision: Precision = .fp32, products: ProductLibrary = .portable,
    dropout: Double = 0
  ) throws {
    let url = Bundle.module.bundleURL.appendingPathComponent(
      "Fixtures/task-\(variant.rawValue).safetensors")
    file = try TensorFile(url)
    var configuration = variant.configuration
    configuration.task.dropout = dropout
    model = try Model(configuration, precision: precision, products: products)
    tokens = try file("tokens").map { Int32($0) }
    labels = try file("labels").map { Int32($0) }
    weights = FloatBuffer(count: model.layout.count)
    for parameter in model.layout.parameters {
      let values = try file("weights.\(parameter.name)").map { Float($0) }
      weights.set(values, at: parameter.range.lowerBound)
    }
    operands = model.makeOperands()
    operands.update(from: weights, 0..<weights.count)
  }

  /// The texts `range`, by default all five.
  func batch(_ range: Range<Int> = 0..<5) -> Batch {
    let (n, width) = (model.configuration.tokens, model.configuration.labelsPerSample)
    func part(_ values: [Int32], _ count: Int) -> [Int32] {
      Array(values[(range.lowerBound * count)..<(range.upperBound * count)])
    }
    return Batch(
      .text(tokens: part(tokens, n), positions: []), labels: part(labels, width),
      samples: Array(range))
  }

  /// The result and the gradient of one call of `train` on the texts of `range`, by `weights` or the fixture's own.
  func train(
    _ range: Range<Int> = 0..<5, arena: Arena, weights: FloatBuffer? = nil,
    labelSmoothing: Float = 0.1, step: Int = 1, debug: Bool = false
  ) throws -> (result: MicroBatchResult, gradient: FloatBuffer) {
    let gradient = FloatBuffer(count: model.layout.count)
    let results = try model.train(
      [MicroBatch(batch(range), gradient: gradient)], step: step, seed: 4,
      labelSmoothing: labelSmoothing, weights: weights ?? self.weights, operands: operands,
      arena: arena, debug: debug)
    return (results[0], gradient)
  }
}
