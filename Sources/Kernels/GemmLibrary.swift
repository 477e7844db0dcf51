/// A library of this build that multiplies matrices; for measuring which one is fastest.
public enum GemmLibrary: String, CaseIterable, Sendable {
  /// Multiplies floats.
  case openBLAS = "OpenBLAS"
  /// Multiplies floats and bf16.
  case oneDNN = "oneDNN"
  /// Multiplies floats and bf16, with the same bits on every processor; see ``ChainedProducts``.
  case portable = "portable"

  /// Whether it multiplies matrices of `element` here, with instructions made for them.
  public func multiplies<Element: Numeral>(_ element: Element.Type) -> Bool {
    switch self {
    case .openBLAS: return Element.self == Float.self
    case .oneDNN:
      #if OneDNN
        return Element.self == Float.self || BFloat16.isFast
      #else
        return false
      #endif
    case .portable: return true
    }
  }
}

extension MatrixMultiplier {
  /// `product = left · right`, or added to it, by `library` instead of the one that training takes.
  ///
  /// - Parameters:
  ///   - left: (m, k), stored plain or transposed.
  ///   - right: (k, n), stored plain or transposed.
  ///   - product: (m, n), stored plain.
  ///   - adding: whether the product is added to what is there.
  ///   - library: one that multiplies this kind.
  /// - Precondition: the shapes agree, and ``GemmLibrary/multiplies(_:)``. Traps otherwise.
  public func multiply<Operand: Numeral, Product: Numeral>(
    _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>, adding: Bool,
    by library: GemmLibrary
  ) {
    requireShapes(left, right, product)
    precondition(library.multiplies(Operand.self), "\(Operand.self) multiplied by \(library)")
    switch library {
    case .openBLAS: Float.multiplyByOpenBLAS(left, right, into: product, adding: adding)
    case .oneDNN:
      #if OneDNN
        oneDNN.multiply(left, right, into: product, adding: adding)
      #endif
    case .portable: chained.multiply(left, right, into: product, adding: adding)
    }
  }
}
