import Kernels
public import Profiling

/// What a model costs, known from its sizes before anything is allocated.
public struct ModelCost: Sendable, Equatable {
  /// The numbers that are learned, padding not counted.
  public let parameters: Int

  private let configuration: ModelConfiguration
  private let precision: Precision
  private let products: ProductLibrary
  private let activations: ActivationPlan

  /// The matrix products of one sample.
  private let layerProducts: [LayerProduct]

  /// The cost of a model.
  public init(_ model: Model) {
    configuration = model.configuration
    precision = model.precision
    activations = model.activations
    parameters = model.layout.parameters.map(\.range.count).reduce(0, +)
    products = model.products
    layerProducts =
      model.stem.products(samples: 1) + model.layers.flatMap { $0.products(samples: 1) }
      + model.head.products(samples: 1)
  }

  /// Multiplications with addition of one sample's forward pass, in matrix products.
  ///
  /// Forward and backward together take three times as many.
  public var multiplyAdds: Int {
    layerProducts.filter { $0.phase.isForward }.reduce(0) { $0 + $1.multiplyAdds }
  }

  /// Multiplications with addition of one sample in the products of `phase`; nil where it has none.
  public func multiplyAdds(of phase: Phase) -> Int? {
    let sum = layerProducts.filter { $0.phase == phase }.reduce(0) { $0 + $1.multiplyAdds }
    return sum == 0 ? nil : sum
  }

  /// The exact bytes of ``Model/makeArena(microBatchSize:subBatchSize:interleavedSamples:clock:)``.
  public func arenaBytes(
    microBatchSize: Int, subBatchSize: Int = 0, interleavedSamples: Int = 0
  ) -> Int {
    ArenaLayout(
      activations, configuration, precision, products, microBatchSize: microBatchSize,
      subBatchSize: subBatchSize, interleavedSamples: interleavedSamples
    ).bytes
  }
}

extension Phase {
  fileprivate var isForward: Bool {
    if case .forward = self { true } else { false }
  }
}

extension Model {
  /// The products of the blocks, forward and backward: nearly all of the arithmetic.
  ///
  /// - Parameters:
  ///   - microBatchSize: as in ``makeArena(microBatchSize:subBatchSize:interleavedSamples:clock:)``.
  ///   - subBatchSize: as there.
  /// - Returns: each shape once, as the layers ask for it on a full chunk of samples.
  public func blockProducts(microBatchSize: Int, subBatchSize: Int = 0) -> [MatrixProduct] {
    let layout = ArenaLayout(
      activations, configuration, precision, products, microBatchSize: microBatchSize,
      subBatchSize: subBatchSize, interleavedSamples: 0)
    let parts = configuration.blockParts.count / configuration.numLayers
    return layers.prefix(parts).flatMap { $0.products(samples: layout.chunkSize) }.map(\.product)
  }
}
