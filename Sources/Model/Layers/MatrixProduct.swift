import Kernels

/// The shape of one kind of matrix product that training does: (rows, terms) · (terms, columns).
public struct MatrixProduct: Sendable, Hashable {
  /// Rows of the product.
  public let rows: Int
  /// Columns of the product.
  public let columns: Int
  /// The length of the sums.
  public let terms: Int
  /// Whether the left operand is stored as (terms, rows).
  public let leftIsTransposed: Bool
  /// Whether the right operand is stored as (columns, terms).
  public let rightIsTransposed: Bool
  /// Whether the product is added to the destination, as for gradients of weights.
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

  /// Multiply-adds.
  public var multiplyAdds: Int { rows * columns * terms }
}
