internal import COpenBLAS

extension Float {
  /// The product of two matrices of floats, by whichever library is quicker at it.
  ///
  /// Which one is a function of shape and transposition only, and so are the bits: neither sgemm nor
  /// a primitive of oneDNN depends on alignment. The choice was measured on Zen 5 inside of training
  /// steps: oneDNN is 8 to 15 % ahead where the left operand lies as it is read, far behind where
  /// it has to copy a transposed one first, and where there is little to do.
  public static func multiply<Product: Numeral>(
    _ left: Matrix<Float>, _ right: Matrix<Float>, into product: Matrix<Product>, adding: Bool,
    _ multiplier: MatrixMultiplier
  ) {
    precondition(Product.self == Float.self, "a product of floats as \(Product.self)")
    #if OneDNN
      let work = product.rows * product.columns * left.columns
      if !left.isTransposed && work >= 1 << 22 {
        return multiplier.oneDNN.multiply(left, right, into: product, adding: adding)
      }
    #endif
    multiplyByOpenBLAS(left, right, into: product, adding: adding)
  }

  /// The same by sgemm, whatever the shape.
  static func multiplyByOpenBLAS<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>, adding: Bool
  ) {
    precondition(
      Operand.self == Float.self && Product.self == Float.self,
      "sgemm of \(Operand.self) as \(Product.self)")
    unsafe cblas_sgemm(
      CblasRowMajor,
      left.isTransposed ? CblasTrans : CblasNoTrans,
      right.isTransposed ? CblasTrans : CblasNoTrans,
      blasint(product.rows), blasint(product.columns), blasint(left.columns),
      1,
      UnsafeRawPointer(left.buffer.base + left.offset).assumingMemoryBound(to: Float.self),
      blasint(left.stride),
      UnsafeRawPointer(right.buffer.base + right.offset).assumingMemoryBound(to: Float.self),
      blasint(right.stride),
      adding ? 1 : 0,
      UnsafeMutableRawPointer(product.buffer.base + product.offset)
        .assumingMemoryBound(to: Float.self),
      blasint(product.stride))
  }
}
