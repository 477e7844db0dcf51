/// A library of this build that multiplies matrices.
public enum ProductLibrary: String, CaseIterable, Sendable, CustomStringConvertible {
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

  /// Whether it multiplies matrices of `element` on this processor.
  public func multiplies<Element: Numeral>(_ element: Element.Type) -> Bool {
    switch self {
    case .portable, .openblas: true
    case .onednn: Element.self == Float.self || BFloat16.isFast
    }
  }

  /// What multiplies, in a sentence.
  public var description: String {
    switch self {
    case .portable: "portable products"
    case .openblas: "OpenBLAS"
    case .onednn: "oneDNN and OpenBLAS"
    }
  }

  /// Whether its bits depend on the processor, the versions of libraries and their settings, and not on the numbers
  /// alone.
  public var dependsOnMachine: Bool { self != .portable }

  /// Whether a product that is added to a sum continues its chain of additions, so that terms may come in one product
  /// or in several.
  public var continuesChains: Bool { self == .portable }

  /// Whether several threads may multiply one product: see ``ProductHelper``.
  public var canShareProducts: Bool { self == .portable }

  /// Whether OpenBLAS multiplies, at least some shapes.
  public var usesOpenBLAS: Bool { self != .portable }

  /// Whether it keeps whole operands in bf16 widened to floats, beside the operands.
  public var keepsWidenedOperands: Bool { self == .openblas }

  /// The number of floats of activations beyond which a micro-batch is best cut into sub-batches: 192 MiB, or 64 MiB
  /// with libraries.
  public var keptLimit: Int { self == .portable ? 3 << 24 : 1 << 24 }

  /// The number of elements of a layer's pre-activation up to which samples go through the layer together, so that
  /// small models make few calls.
  ///
  /// With libraries in fp32 the pre-activation stays in the cache (1 MiB). In bf16 reading the weights less often is
  /// worth more (2 MiB, or the size of the weights), and most of all with portable products, which pack them for each
  /// group (4 MiB, or twice their size), as measured.
  ///
  /// - Parameters:
  ///   - element: the kind of number that is multiplied.
  ///   - weights: the number of the layer's weights.
  /// - Returns: a number of elements.
  public func chunkLimit<Element: Numeral>(_ element: Element.Type, weights: Int) -> Int {
    if self == .portable { return max(1 << 20, 2 * weights) }
    return Element.self == Float.self ? 1 << 18 : max(1 << 20, weights)
  }

  /// Makes ready for `workers` threads that multiply at once; see ``BLAS/prepare(workers:)``.
  ///
  /// Portable products need nothing of OpenBLAS, whose buffers may be more than a limit on memory allows.
  ///
  /// - Throws: ``BLASError``.
  public func prepare(workers: Int) throws(BLASError) {
    guard usesOpenBLAS else { return BLAS.oneThread }
    try BLAS.prepare(workers: workers)
  }

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
