import Kernels

/// The shape of one kind of matrix product that training does: (rows, terms) · (terms, columns).
public struct MatrixProduct: Sendable, Hashable {
  /// Rows of the product.
  public let rows: Int
  /// Columns of the product.
  public let columns: Int
  /// What is summed over.
  public let terms: Int
  /// Whether the left operand is stored as (terms, rows).
  public let leftIsTransposed: Bool
  /// Whether the right operand is stored as (columns, terms).
  public let rightIsTransposed: Bool
  /// Whether the product is added to what is there, as gradients of weights are.
  public let adds: Bool

  /// A product of this shape.
  public init(
    rows: Int, columns: Int, terms: Int, leftIsTransposed: Bool = false,
    rightIsTransposed: Bool = false, adds: Bool = false
  ) {
    (self.rows, self.columns, self.terms) = (rows, columns, terms)
    self.leftIsTransposed = leftIsTransposed
    self.rightIsTransposed = rightIsTransposed
    self.adds = adds
  }

  /// Multiplications with addition.
  public var multiplyAdds: Int { rows * columns * terms }
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

  /// Bytes that one worker's products keep beside its arena: OpenBLAS multiplies floats, so operands in bf16 lie there
  /// widened, and products before they are rounded.
  ///
  /// - Parameters:
  ///   - microBatchSize: as in ``makeArena(microBatchSize:subBatchSize:interleavedSamples:clock:)``.
  ///   - subBatchSize: as there.
  /// - Returns: 0 for other libraries, and in fp32.
  public func widenedBytes(microBatchSize: Int, subBatchSize: Int = 0) -> Int {
    guard precision == .bf16 && products == .openblas else { return 0 }
    let layout = ArenaLayout(
      activations, configuration, precision, products, microBatchSize: microBatchSize,
      subBatchSize: subBatchSize, interleavedSamples: 0)
    // The classes of images are multiplied in floats.
    let products =
      layers.flatMap { $0.products(samples: layout.chunkSize) }
      + (configuration.input == .text ? head.products(samples: layout.subBatchSize) : [])
    func most(_ count: (MatrixProduct) -> Int) -> Int {
      products.map { count($0.product) }.max() ?? 0
    }
    let floats =
      most { $0.rows * $0.terms } + most { $0.terms * $0.columns }
      + most { $0.adds ? 0 : $0.rows * $0.columns }
    return floats * MemoryLayout<Float>.stride
  }
}
