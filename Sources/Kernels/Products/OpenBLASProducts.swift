import COpenBLAS

/// Matrix products by sgemm of OpenBLAS.
///
/// It multiplies floats. Numbers in bf16 are widened first, which is exact, and a product in bf16 is rounded afterwards.
final class OpenBLASProducts: ProductProvider {
  private var left = FloatBuffer(count: 0)
  private var right = FloatBuffer(count: 0)
  private var product = FloatBuffer(count: 0)

  init() { BLAS.oneThread }

  @specialized(where Operand == Float, Product == Float)
  @specialized(where Operand == BFloat16, Product == Float)
  @specialized(where Operand == BFloat16, Product == BFloat16)
  func multiply<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>, adding: Bool
  ) {
    precondition(!adding || Product.self == Float.self, "a sum in \(Product.self)")
    let (left, right) = (Self.widen(left, into: &self.left), Self.widen(right, into: &self.right))
    if let product = product as? Matrix<Float> {
      return multiply(left, right, into: product, adding: adding)
    }
    Self.grow(&self.product, to: product.rows * product.columns)
    let wide = Matrix(self.product, at: 0, rows: product.rows, columns: product.columns)
    multiply(left, right, into: wide, adding: false)
    copy(wide, to: product)
  }

  /// The product of floats.
  func multiply(
    _ left: Matrix<Float>, _ right: Matrix<Float>, into product: Matrix<Float>, adding: Bool
  ) {
    unsafe cblas_sgemm(
      CblasRowMajor,
      left.isTransposed ? CblasTrans : CblasNoTrans,
      right.isTransposed ? CblasTrans : CblasNoTrans,
      blasint(product.rows), blasint(product.columns), blasint(left.columns),
      1, left.buffer.base + left.offset, blasint(left.stride),
      right.buffer.base + right.offset, blasint(right.stride),
      adding ? 1 : 0, product.buffer.base + product.offset, blasint(product.stride))
  }

  /// The same numbers as floats: the numbers themselves, or widened into `room`.
  private static func widen<Element: Numeral>(
    _ matrix: Matrix<Element>, into room: inout FloatBuffer
  ) -> Matrix<Float> {
    if let floats = matrix as? Matrix<Float> { return floats }
    if matrix.isTransposed { return widen(matrix.transposed, into: &room).transposed }
    grow(&room, to: matrix.rows * matrix.columns)
    let wide = Matrix<Float>(room, at: 0, rows: matrix.rows, columns: matrix.columns)
    copy(matrix, to: wide)
    return wide
  }

  /// Makes room for at least `count` numbers; a room that is too small is replaced, and its content lost.
  private static func grow(_ room: inout FloatBuffer, to count: Int) {
    if room.count < count { room = FloatBuffer(count: count) }
  }
}
