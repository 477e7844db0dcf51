internal import COpenBLAS

extension Float {
  /// The product of two matrices of floats, by OpenBLAS.
  ///
  /// sgemm is the only routine used: its bits do not depend on alignment.
  public static func multiply<Product: Numeral>(
    _ left: Matrix<Float>, _ right: Matrix<Float>, into product: Matrix<Product>, adding: Bool,
    _ multiplier: MatrixMultiplier
  ) {
    precondition(Product.self == Float.self, "a product of floats as \(Product.self)")
    unsafe cblas_sgemm(
      CblasRowMajor,
      left.isTransposed ? CblasTrans : CblasNoTrans,
      right.isTransposed ? CblasTrans : CblasNoTrans,
      blasint(product.rows), blasint(product.columns), blasint(left.columns),
      1, left.buffer.base + left.offset, blasint(left.stride),
      right.buffer.base + right.offset, blasint(right.stride),
      adding ? 1 : 0,
      UnsafeMutableRawPointer(product.buffer.base + product.offset)
        .assumingMemoryBound(to: Float.self),
      blasint(product.stride))
  }
}
