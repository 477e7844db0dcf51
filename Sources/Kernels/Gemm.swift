import COpenBLAS

/// The matrix product `product = left · right`, on this thread.
///
/// Its bits are a function of the values, the shapes, the strides and the transpositions only.
///
/// - Parameters:
///   - left: (m, k), stored plain or transposed.
///   - right: (k, n), stored plain or transposed.
///   - product: (m, n), stored plain; receives the product.
/// - Precondition: the shapes agree, and each size is below 2³¹. Traps otherwise.
public func gemm(_ left: Matrix, _ right: Matrix, into product: Matrix) {
  gemm(left, right, product, beta: 0)
}

/// Adds the matrix product `left · right` to `sum`; see ``gemm(_:_:into:)``.
///
/// - Parameters:
///   - left: (m, k), stored plain or transposed.
///   - right: (k, n), stored plain or transposed.
///   - sum: (m, n), stored plain; receives `sum + left · right`.
public func gemm(_ left: Matrix, _ right: Matrix, addingTo sum: Matrix) {
  gemm(left, right, sum, beta: 1)
}

private func gemm(_ left: Matrix, _ right: Matrix, _ product: Matrix, beta: Float) {
  precondition(
    left.rows == product.rows && left.columns == right.rows && right.columns == product.columns
      && !product.isTransposed,
    """
    (\(left.rows), \(left.columns)) · (\(right.rows), \(right.columns)) \
    into (\(product.rows), \(product.columns))
    """)
  guard product.rows > 0, product.columns > 0, left.columns > 0 else { return }
  unsafe cblas_sgemm(
    CblasRowMajor,
    left.isTransposed ? CblasTrans : CblasNoTrans,
    right.isTransposed ? CblasTrans : CblasNoTrans,
    blasint(product.rows), blasint(product.columns), blasint(left.columns),
    1, left.buffer.base + left.offset, blasint(left.stride),
    right.buffer.base + right.offset, blasint(right.stride),
    beta, product.buffer.base + product.offset, blasint(product.stride))
}
