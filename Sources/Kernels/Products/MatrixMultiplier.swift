/// Matrix products on one worker's thread, with what the library wants to keep between them.
///
/// The bits of a product are a function of the library, the values, the shapes, the strides and the
/// transpositions only. One thread uses a multiplier at a time.
public final class MatrixMultiplier: @unchecked Sendable {
  private let provider: any ProductProvider

  /// A multiplier that has multiplied nothing yet.
  ///
  /// - Parameter library: one of ``ProductLibrary/available``.
  public init(_ library: ProductLibrary) {
    provider = library.makeProvider()
  }

  /// The matrix product `product = left · right`.
  ///
  /// - Parameters:
  ///   - left: (m, k), stored plain or transposed.
  ///   - right: (k, n), stored plain or transposed.
  ///   - product: (m, n), stored plain; receives the product, summed in fp32 and rounded once.
  /// - Precondition: the shapes agree, and each size is below 2³¹. Traps otherwise.
  public func multiply<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>
  ) {
    requireShapes(left, right, product)
    guard product.rows > 0, product.columns > 0, left.columns > 0 else { return }
    provider.multiply(left, right, into: product, adding: false)
  }

  /// Adds the matrix product `left · right` to `sum`; see ``multiply(_:_:into:)``.
  ///
  /// - Parameters:
  ///   - left: (m, k), stored plain or transposed.
  ///   - right: (k, n), stored plain or transposed.
  ///   - sum: (m, n), stored plain; receives `sum + left · right`.
  public func multiply<Operand: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, addingTo sum: Matrix<Float>
  ) {
    requireShapes(left, right, sum)
    guard sum.rows > 0, sum.columns > 0, left.columns > 0 else { return }
    provider.multiply(left, right, into: sum, adding: true)
  }

  private func requireShapes<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, _ product: Matrix<Product>
  ) {
    precondition(
      left.rows == product.rows && left.columns == right.rows && right.columns == product.columns
        && !product.isTransposed,
      """
      (\(left.rows), \(left.columns)) · (\(right.rows), \(right.columns)) \
      into (\(product.rows), \(product.columns))
      """)
  }
}
