extension BFloat16 {
  /// The product of two matrices of bf16, by oneDNN: summed in fp32.
  public static func multiply<Product: Numeral>(
    _ left: Matrix<BFloat16>, _ right: Matrix<BFloat16>, into product: Matrix<Product>,
    adding: Bool, _ multiplier: MatrixMultiplier
  ) {
    #if OneDNN
      multiplier.oneDNN.multiply(left, right, into: product, adding: adding)
    #else
      preconditionFailure("a product in bf16 by a build without oneDNN")
    #endif
  }

  /// Whether this build and this processor have instructions that multiply bf16.
  public static var isFast: Bool {
    #if OneDNN
      OneDNNMatmul.hasBFloat16Instructions
    #else
      false
    #endif
  }

  /// Whether oneDNN multiplies bf16 in tiles (AMX) here.
  public static var hasTiles: Bool {
    #if OneDNN
      OneDNNMatmul.hasTiles
    #else
      false
    #endif
  }
}
