/// Work on some rows and columns of a matrix.
public typealias MatrixPart = (_ rows: Range<Int>, _ columns: Range<Int>) -> Void

/// Matrix products on one worker's thread, with what the library keeps between them.
///
/// The bits of a product are a function of the library, the values, the shapes, the strides and the
/// transpositions only. One thread uses a multiplier at a time.
public final class MatrixMultiplier: @unchecked Sendable {
  private let provider: any ProductProvider

  /// A multiplier that uses `library`.
  ///
  /// - Parameter library: one of ``ProductLibrary/available``.
  public init(_ library: ProductLibrary) {
    provider = library.makeProvider()
  }

  /// Lets `helpers` multiply along with the calling thread from now on, which changes no bit.
  ///
  /// - Precondition: products are portable, or there are no helpers. No helper works for another thread at the same time.
  ///   Traps otherwise.
  public func share(with helpers: [ProductHelper]) {
    if let shared = provider as? SharedProducts { return shared.helpers = helpers }
    precondition(helpers.isEmpty, "\(helpers.count) helpers for products that are not portable")
  }

  /// The matrix product `product = left · right`.
  ///
  /// Work before and after the product can be done part by part, while the part is in a cache. Each element of the left
  /// operand is prepared once, and each element of the product is finished once; in each column, rows are finished
  /// first to last.
  ///
  /// - Parameters:
  ///   - left: (m, k), stored plain or transposed.
  ///   - right: (k, n), stored plain or transposed.
  ///   - product: (m, n), stored plain; receives the product, summed in fp32 and rounded once.
  ///   - prepare: called with rows and columns of the left operand before they are first read.
  ///   - finish: called with rows and columns of the product when they are final.
  /// - Precondition: the shapes agree, and each size is below 2³¹. Traps otherwise.
  public func multiply<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>,
    preparing prepare: MatrixPart = { _, _ in }, finishing finish: MatrixPart = { _, _ in }
  ) {
    requireShapes(left, right, product)
    guard product.rows > 0, product.columns > 0, left.columns > 0 else { return }
    provider.multiply(left, right, into: product, preparing: prepare, finishing: finish)
  }

  /// Adds the matrix product `left · right` to `sum`; see ``multiply(_:_:into:preparing:finishing:)``.
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
