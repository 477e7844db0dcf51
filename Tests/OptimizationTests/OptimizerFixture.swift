import Configuration
import Foundation
import Kernels
import Reduction
import Threading

@testable import Model
@testable import Optimization

/// What PyTorch's and timm's optimizers make of a few tensors in five steps: `Fixtures/make_optimizer_fixtures.py`.
struct OptimizerFixture: Decodable {
  struct Tensor: Decodable {
    let name: String
    let shape: [Int]
  }

  /// Every `stride`-th weight of a tensor after the last step.
  struct Sample: Decodable {
    let stride: Int
    let values: [Double]
  }

  struct Case: Decodable {
    let name: String
    /// Assignments to keys of a configuration.
    let settings: [String]
    let weights: [String: Sample]
  }

  let tensors: [Tensor]
  /// The learning rate of each step.
  let rates: [Double]
  /// What gradients are multiplied by.
  let scale: Double
  let cases: [Case]
  /// The factors of timm's layer-wise decay of 0.75, by model and tensor.
  let layerScales: [String: [String: Double]]

  static func read() throws -> OptimizerFixture {
    let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/optimizers.json")
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
  }

  /// The case of that name.
  func named(_ name: String) throws -> Case {
    guard let found = cases.first(where: { $0.name == name }) else {
      throw CocoaError(.featureUnsupported, userInfo: [NSDebugDescriptionErrorKey: name])
    }
    return found
  }

  /// The tensors of a stem, a block and a head, those frozen that `settings` say.
  func layout(_ settings: OptimizerSettings) -> ParameterLayout {
    let layers = ["stem.", "blocks.", "head."].map { prefix in
      tensors.filter { $0.name.hasPrefix(prefix) }
        .map { TensorDeclaration($0.name, $0.shape, .constant(0)) }
    }
    return ParameterLayout(layers: layers, isFrozen: settings.freezes)
  }

  /// Weights for step 0, gradients for later ones: the formula of the script, in numbers that a `Float` holds.
  func numbers(_ layout: ParameterLayout, step: Int) -> FloatBuffer {
    let buffer = FloatBuffer(count: step == 0 ? layout.count : layout.gradientCount)
    for (tensor, parameter) in layout.parameters.enumerated()
    where step == 0 || !parameter.isFrozen {
      buffer.withMutableSpan(parameter.range) { span in
        for index in span.indices {
          let whole = (index * 7_919 + tensor * 611 + step * 104_729) % 2_003 - 1_001
          let value = Float(whole) / 1_024
          span[index] = step > 0 ? value : tensor > 0 ? value / 8 : 0
        }
      }
    }
    return buffer
  }

  /// All weights, in the order of the flat buffer, after the steps of `settings` on this many ranks and threads.
  func train(_ settings: OptimizerSettings, ranks: Int = 1, threads: Int = 1) throws -> [Float] {
    let layout = layout(settings)
    let buckets = GradientBuckets(count: layout.gradientCount, bucketElements: 8_192, ranks: ranks)
    let weights = numbers(layout, step: 0)
    let optimizers = (0..<ranks).map { rank in
      ShardedOptimizer(
        settings: settings, averageDecay: AverageDecay(limit: 0, warmup: .none), layout: layout,
        gradientBuckets: buckets, rank: rank, threads: threads, sumsWeights: false)
    }
    for (step, rate) in zip(1..., rates) {
      let gradient = numbers(layout, step: step)
      let meeting = Meeting(of: ranks)
      try concurrently(ranks) { [scale] rank in
        let owned = FloatBuffer(count: buckets.ownedCount(of: rank))
        for (flat, start) in buckets.flatRanges(of: 0..<owned.count, rank: rank) {
          owned.copy(flat, of: gradient, to: start)
        }
        _ = try optimizers[rank].update(
          weights: weights, gradient: owned, scale: scale, number: step, learningRate: rate,
          gather: { numbers, pieces in meeting.gather(numbers, pieces, rank: rank) },
          bucketIsUpdated: { _ in })
      }
    }
    return weights.withSpan(0..<weights.count) { span in span.indices.map { span[$0] } }
  }
}

/// Where ranks, which are threads here, bring their numbers together.
private final class Meeting: Sendable {
  private let all: Monitor<(numbers: [Double], missing: Int)>

  init(of ranks: Int) {
    all = Monitor((numbers: [], missing: ranks))
  }

  func gather(_ numbers: [Double], _ pieces: [Range<Int>], rank: Int) -> [Double] {
    all.change { all in
      if all.numbers.isEmpty { all.numbers = numbers }
      all.numbers.replaceSubrange(pieces[rank], with: numbers[pieces[rank]])
      all.missing -= 1
    }
    return all.wait { $0.missing == 0 ? $0.numbers : nil }
  }
}
