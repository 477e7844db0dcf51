import Kernels
public import Profiling

/// What a model costs, known from its sizes before anything is allocated.
public struct ModelCost: Sendable, Equatable {
  /// The numbers that are learned, padding not counted.
  public let parameters: Int

  /// Multiplications with addition of one image's forward pass, in matrix products.
  ///
  /// Forward and backward together take three times as many.
  public let multiplyAdds: Int

  private let configuration: ModelConfiguration
  private let precision: Precision

  /// The cost of a model.
  public init(_ model: Model) {
    configuration = model.configuration
    precision = model.precision
    parameters = model.layout.parameters.map(\.range.count).reduce(0, +)
    let grid = configuration.patchGrid
    let (n, d, f) = (grid.tokens, configuration.dModel, configuration.dFFN)
    let block = n * d * f + n * (f / 2) * d + n * n * (f / 2)
    multiplyAdds =
      n * grid.patchSize * d + configuration.numLayers * block + d * configuration.numClasses
  }

  /// Multiplications with addition of one image in the products of `phase`; nil where it has none.
  public func multiplyAdds(of phase: Phase) -> Int? {
    let grid = configuration.patchGrid
    let (n, d, f) = (grid.tokens, configuration.dModel, configuration.dFFN)
    let head = d * configuration.numClasses
    let linear = configuration.numLayers * (n * d * f + n * (f / 2) * d) + head
    let spatial = configuration.numLayers * n * n * (f / 2)
    // Nothing lies before the stem that would need a gradient.
    let stem = n * grid.patchSize * d
    return switch phase {
    case .forward(.linear), .backward(.linearWeights): stem + linear
    case .backward(.linear): linear
    case .forward(.spatial), .backward(.spatial), .backward(.spatialWeights): spatial
    default: nil
    }
  }

  /// The exact bytes of ``Model/makeArena(microBatchSize:subBatchSize:)``.
  public func arenaBytes(microBatchSize: Int, subBatchSize: Int = 0) -> Int {
    ArenaLayout(
      configuration, precision, microBatchSize: microBatchSize, subBatchSize: subBatchSize
    ).bytes
  }
}
