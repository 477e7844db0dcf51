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
  /// The products of a block, forward and backward: nearly all of the arithmetic.
  ///
  /// - Parameters:
  ///   - microBatchSize: as in ``makeArena(microBatchSize:subBatchSize:interleavedSamples:clock:)``.
  ///   - subBatchSize: as there.
  /// - Returns: each shape once, as the layers of the last block ask for it on a full chunk of samples. Where tensors are
  ///   frozen, that block learns if one does.
  public func blockProducts(microBatchSize: Int, subBatchSize: Int = 0) -> [MatrixProduct] {
    let layout = ArenaLayout(
      activations, configuration, precision, products, microBatchSize: microBatchSize,
      subBatchSize: subBatchSize, interleavedSamples: 0)
    let parts = configuration.blockParts.count / configuration.numLayers
    return layerProducts(samples: layout.chunkSize).dropLast().suffix(parts).joined().map(\.product)
  }
}
