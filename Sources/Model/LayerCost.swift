import Profiling

/// What a layer costs, and which parts of the flat buffers wait for it.
public struct LayerCost: Sendable, Equatable {
  /// `stem`, `layer 1` and so on, `head`.
  public let name: String

  /// Multiply-adds of one sample's forward pass, in matrix products.
  public let forwardMultiplyAdds: Int

  /// The same of its backward pass.
  public let backwardMultiplyAdds: Int

  /// The weights of this layer and of the earlier ones are the elements from this one on.
  public let firstWeight: Int

  /// The length of the prefix of the gradient that is final after the layer's backward pass; nil if backward does not
  /// come to it.
  public let finalGradients: Int?
}

/// How a worker cuts its micro-batches.
public struct SubBatches: Sendable, Equatable {
  /// Sub-batches of a micro-batch.
  public let perMicroBatch: Int

  /// Sub-batches that take turns in each layer.
  public let interleaved: Int
}

extension Model {
  /// The cost of every layer in forward order: stem, residual layers, head.
  public var layerCosts: [LayerCost] {
    let products = layerProducts(samples: 1)
    let (last, lowest) = (products.count - 1, layout.lowestLearningLayer)
    return products.enumerated().map { number, products in
      let forward = products.filter { $0.isForward }
      return LayerCost(
        name: number == 0 ? "stem" : number == last ? "head" : "layer \(number)",
        forwardMultiplyAdds: forward.reduce(0) { $0 + $1.multiplyAdds },
        backwardMultiplyAdds: products.reduce(0) { $0 + ($1.isForward ? 0 : $1.multiplyAdds) },
        firstWeight: number == last ? 0 : layout.prefixes[number + 1],
        finalGradients: number == 0 || number == last || number >= lowest
          ? layout.prefixes[number] : nil)
    }
  }

  /// How micro-batches are cut, and how many sub-batches take turns.
  ///
  /// - Parameters:
  ///   - microBatchSize: as in ``makeArena(microBatchSize:subBatchSize:interleavedSamples:clock:)``.
  ///   - subBatchSize: as there.
  ///   - interleavedSamples: as there.
  /// - Returns: both numbers, at least 1.
  public func subBatches(
    microBatchSize: Int, subBatchSize: Int, interleavedSamples: Int
  ) -> SubBatches {
    let layout = ArenaLayout(
      activations, configuration, precision, products, microBatchSize: microBatchSize,
      subBatchSize: subBatchSize, interleavedSamples: interleavedSamples)
    return SubBatches(
      perMicroBatch: (microBatchSize + layout.subBatchSize - 1) / layout.subBatchSize,
      interleaved: layout.interleavedSubBatches)
  }
}

extension LayerProduct {
  fileprivate var isForward: Bool {
    if case .forward = phase { true } else { false }
  }
}
