#if OneDNN
  /// Matrix products by oneDNN or OpenBLAS, whichever is faster; those in bf16 by oneDNN.
  ///
  /// The choice is a function of shape and transposition only, and so are the bits: neither sgemm nor a primitive of
  /// oneDNN depends on alignment. It was measured on Zen 5 inside training steps. oneDNN is 8 to 15 % ahead if the left
  /// operand is not transposed. It is far behind for small products, and if it has to copy a transposed operand first.
  final class OneDNNProducts: ProductProvider {
    private let oneDNN = OneDNNMatmul()
    private let openBLAS = OpenBLASProducts()

    /// The number of multiply-adds below which OpenBLAS computes a product of floats.
    private static let leastWork = 1 << 22

    func multiply<Operand: Numeral, Product: Numeral>(
      _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>,
      adding: Bool
    ) {
      let work = product.rows * product.columns * left.columns
      if Operand.self == Float.self && (left.isTransposed || work < Self.leastWork) {
        openBLAS.multiply(left, right, into: product, adding: adding)
      } else {
        oneDNN.multiply(left, right, into: product, adding: adding)
      }
    }
  }
#endif
