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
      configuration, precision, microBatchSize: microBatchSize, subBatchSize: subBatchSize,
      interleavedSamples: 0)
    let tokens = configuration.patchGrid.tokens
    let rows = layout.chunkSize * tokens
    let (width, expanded) = (configuration.dModel, configuration.dFFN)
    let half = expanded / 2
    let channels =
      Self.products(rows: rows, inputs: width, outputs: expanded)
      + Self.products(rows: rows, inputs: half, outputs: width)
    // The gate's projection mixes the tokens of one sample: its weight stands on the left.
    let gate = [
      MatrixProduct(
        rows: tokens, columns: half, terms: tokens, leftIsTransposed: false,
        rightIsTransposed: false, adds: false),
      MatrixProduct(
        rows: tokens, columns: half, terms: tokens, leftIsTransposed: true,
        rightIsTransposed: false, adds: false),
      MatrixProduct(
        rows: tokens, columns: tokens, terms: half, leftIsTransposed: false,
        rightIsTransposed: true, adds: true),
    ]
    return channels + gate
  }

  /// Forward, input gradient and weight gradient of a linear layer.
  private static func products(rows: Int, inputs: Int, outputs: Int) -> [MatrixProduct] {
    [
      MatrixProduct(
        rows: rows, columns: outputs, terms: inputs, leftIsTransposed: false,
        rightIsTransposed: true, adds: false),
      MatrixProduct(
        rows: rows, columns: inputs, terms: outputs, leftIsTransposed: false,
        rightIsTransposed: false, adds: false),
      MatrixProduct(
        rows: outputs, columns: inputs, terms: rows, leftIsTransposed: true,
        rightIsTransposed: false, adds: true),
    ]
  }
}
