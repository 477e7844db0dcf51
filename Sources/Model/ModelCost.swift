import Kernels
public import Profiling

/// What a model costs, known from its sizes before anything is allocated.
public struct ModelCost: Sendable, Equatable {
  /// The number of parameters, without padding.
  public let parameters: Int

  /// The number of parameters that learn.
  public let trainableParameters: Int

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
    trainableParameters = model.layout.learning.map(\.range.count).reduce(0, +)
    products = model.products
    layerProducts = model.layerProducts(samples: 1).flatMap { $0 }
  }

  /// Multiply-adds of one sample's forward pass, in matrix products.
  public var multiplyAdds: Int {
    layerProducts.filter { $0.phase.isForward }.reduce(0) { $0 + $1.multiplyAdds }
  }

  /// Multiply-adds of one sample's forward and backward pass, in matrix products.
  ///
  /// Three times ``multiplyAdds``, except for the stem, and less where tensors are frozen.
  public var trainingMultiplyAdds: Int { layerProducts.reduce(0) { $0 + $1.multiplyAdds } }

  /// Multiply-adds of one sample in the products of `phase`; nil if it has none.
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

extension ModelCost {
  /// Bytes of tables that all workers of a rank share.
  public var tableBytes: Int { activations.rotaryTable?.bytes ?? 0 }
}

extension Phase {
  fileprivate var isForward: Bool {
    if case .forward = self { true } else { false }
  }
}

extension Model {
  /// The products of a block, forward and backward: nearly all of the arithmetic.
  ///
  /// - Parameters:
  ///   - microBatchSize: as in ``makeArena(microBatchSize:subBatchSize:interleavedSamples:clock:)``.
  ///   - subBatchSize: as there.
  /// - Returns: the shapes of the products of the last block, on a full chunk of samples. Where tensors are frozen, that
  ///   block learns if any does.
  public func blockProducts(microBatchSize: Int, subBatchSize: Int = 0) -> [MatrixProduct] {
    let layout = ArenaLayout(
      activations, configuration, precision, products, microBatchSize: microBatchSize,
      subBatchSize: subBatchSize, interleavedSamples: 0)
    let parts = configuration.blockParts.count / configuration.numLayers
    return layerProducts(samples: layout.chunkSize).dropLast().suffix(parts).joined().map(\.product)
  }

  /// Bytes that one worker's products keep beside its arena.
  ///
  /// OpenBLAS multiplies floats, so operands in bf16 are widened there, and products wait there to be rounded.
  ///
  /// - Parameters:
  ///   - microBatchSize: as in ``makeArena(microBatchSize:subBatchSize:interleavedSamples:clock:)``.
  ///   - subBatchSize: as there.
  /// - Returns: 0 for other libraries, and in fp32.
  public func widenedBytes(microBatchSize: Int, subBatchSize: Int = 0) -> Int {
    guard precision == .bf16 && products.keepsWidenedOperands else { return 0 }
    let layout = ArenaLayout(
      activations, configuration, precision, products, microBatchSize: microBatchSize,
      subBatchSize: subBatchSize, interleavedSamples: 0)
    let products =
      layers.flatMap { $0.products(samples: layout.chunkSize, backward: true) }
      + (configuration.head.multipliesEmbeddings
        ? head.products(samples: layout.subBatchSize, backward: true) : [])
    func most(_ count: (MatrixProduct) -> Int) -> Int {
      products.map { count($0.product) }.max() ?? 0
    }
    let floats =
      most { $0.rows * $0.terms } + most { $0.terms * $0.columns }
      + most { $0.adds ? 0 : $0.rows * $0.columns }
    return floats * MemoryLayout<Float>.stride
  }
}
