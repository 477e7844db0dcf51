/// A library of this build that multiplies matrices.
public enum ProductLibrary: String, CaseIterable, Sendable {
  /// Our own, with the same bits on every processor; see `PortableProducts`.
  case portable
  /// OpenBLAS.
  case openblas
  /// oneDNN, and OpenBLAS where that is faster.
  case onednn

  /// The libraries of this build.
  public static var available: [ProductLibrary] {
    #if OneDNN
      allCases
    #else
      [.portable, .openblas]
    #endif
  }

  /// Its name in messages.
  public var name: String {
    switch self {
    case .portable: "portable"
    case .openblas: "OpenBLAS"
    case .onednn: "oneDNN"
    }
  }

  /// Whether its bits are a function of the numbers alone, not of the processor, the version or settings.
  public var isPortable: Bool { self == .portable }

  /// Whether it multiplies matrices of `element` on this processor.
  public func multiplies<Element: Numeral>(_ element: Element.Type) -> Bool {
    switch self {
    case .portable, .openblas: true
    case .onednn: Element.self == Float.self || BFloat16.isFast
    }
  }

  /// What multiplies for one thread.
  func makeProvider() -> any ProductProvider {
    switch self {
    case .portable: return SharedProducts()
    case .openblas: return OpenBLASProducts()
    case .onednn:
      #if OneDNN
        return OneDNNProducts()
      #else
        preconditionFailure("products by oneDNN in a build without it")
      #endif
    }
  }
}

/// Matrix products by one library, for one thread: BLAS's gemm with a factor of 1 and a sum of 0 or 1.
///
/// The bits of a product are a function of the values, the shapes, the strides and the transpositions only.
protocol ProductProvider: AnyObject {
  /// `product = left · right`, or added to it: summed in fp32, and rounded once.
  ///
  /// - Parameters:
  ///   - left: (m, k), stored plain or transposed.
  ///   - right: (k, n), stored plain or transposed.
  ///   - product: (m, n), stored plain; of floats where it is added to.
  ///   - adding: whether the product is added to the destination.
  /// - Precondition: the shapes agree, and nothing is empty.
  func multiply<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>, adding: Bool)

  /// `product = left · right`, with what comes before and after it; see
  /// ``MatrixMultiplier/multiply(_:_:into:preparing:finishing:)``.
  func multiply<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>,
    preparing prepare: MatrixPart, finishing finish: MatrixPart)
}

extension ProductProvider {
  /// For a library that multiplies in one go: everything is prepared before and finished after.
  func multiply<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>,
    preparing prepare: MatrixPart, finishing finish: MatrixPart
  ) {
    prepare(0..<left.rows, 0..<left.columns)
    multiply(left, right, into: product, adding: false)
    finish(0..<product.rows, 0..<product.columns)
  }
}
