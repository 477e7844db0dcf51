import Batches
import Foundation
import Kernels
import TestSupport

@testable import Model

/// The small gMLP of `Fixtures/make_fixture.py`: weights, one batch, and PyTorch's results.
struct Fixture {
  let file: TensorFile
  let model: Model
  let weights: FloatBuffer
  let operands: Operands
  let images: [Float]
  let labels: [Int32]

  init(_ precision: Precision = .fp32) throws {
    let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/gmlp.safetensors")
    file = try TensorFile(url)
    var configuration = ModelConfiguration()
    configuration.imageSize = [12, 25]
    configuration.channels = 2
    configuration.patchSize = [4, 5]
    configuration.dModel = 10
    configuration.dFFN = 34
    configuration.numLayers = 3
    configuration.numClasses = 7
    model = try Model(configuration, precision: precision)
    images = try file("images").map { Float($0) }
    labels = try file("labels").map { Int32($0) }
    weights = FloatBuffer(count: model.layout.count)
    for parameter in model.layout.parameters {
      let values = try file("weights.\(parameter.name)").map { Float($0) }
      weights.set(values, at: parameter.range.lowerBound)
    }
    operands = model.makeOperands()
    operands.update(from: weights, 0..<weights.count)
  }

  /// One call of `train` on the whole batch.
  func train(
    arena: Arena, gradient: FloatBuffer, debug: Bool = false,
    gradientReady: (Int) -> Void = { _ in }
  ) throws -> MicroBatchResult {
    let batch = MicroBatch(
      Batch(.images(images), labels: labels, samples: Array(0..<labels.count)), gradient: gradient)
    return try model.train(
      [batch], step: 1, seed: 0, labelSmoothing: 0.1, weights: weights, operands: operands,
      arena: arena, debug: debug, gradientReady: gradientReady)[0]
  }

  /// The samples `range` as a micro-batch with a gradient of its own.
  func microBatch(_ range: Range<Int>) -> MicroBatch {
    let size = model.configuration.inputElements
    return MicroBatch(
      Batch(
        .images(Array(images[range.lowerBound * size..<range.upperBound * size])),
        labels: Array(labels[range]), samples: range.map { $0 + 100 }),
      gradient: FloatBuffer(count: model.layout.count))
  }
}

extension FloatBuffer {
  /// Writes `values` from element `start` on.
  func set(_ values: [Float], at start: Int) {
    withMutableSpan(start..<(start + values.count)) { span in
      for index in values.indices {
        span[index] = values[index]
      }
    }
  }

  /// The elements of `range`, copied.
  func values(_ range: Range<Int>) -> [Float] {
    withSpan(range) { span in span.indices.map { span[$0] } }
  }
}
