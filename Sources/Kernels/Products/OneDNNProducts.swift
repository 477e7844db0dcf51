#if OneDNN
  /// Matrix products by whichever of oneDNN and OpenBLAS is quicker at them; those in bf16 by oneDNN.
  ///
  /// Which one is a function of shape and transposition only, and so are the bits: neither sgemm nor a
  /// primitive of oneDNN depends on alignment. The choice was measured on Zen 5 inside of training steps: oneDNN
  /// is 8 to 15 % ahead where the left operand lies as it is read, far behind where it has to copy a transposed
  /// one first, and where there is little to do.
  final class OneDNNProducts: ProductProvider {
    private let oneDNN = OneDNNMatmul()
    private let openBLAS = OpenBLASProducts()

    /// Multiplications with addition below which a product of floats goes to OpenBLAS.
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
