#if OneDNN
  import COneDNN

  /// oneDNN's matrix product on one thread, with one primitive for each shape so far.
  ///
  /// A primitive's blocking, and so its bits, is a function of shapes, strides and the number of threads, which is
  /// always one here.
  final class OneDNNMatmul {
    /// What determines a primitive.
    struct Shape: Hashable {
      let rows: Int, columns: Int, terms: Int
      let left: Layout, right: Layout, product: Layout
      let adds: Bool
    }

    /// How an operand is stored in memory.
    struct Layout: Hashable {
      let type: dnnl_data_type_t
      let rowStride: Int, columnStride: Int

      init<Element: Numeral>(_ matrix: Matrix<Element>) {
        type = Element.self == Float.self ? dnnl_f32 : dnnl_bf16
        (rowStride, columnStride) =
          matrix.isTransposed ? (1, matrix.stride) : (matrix.stride, 1)
      }

      static func == (left: Layout, right: Layout) -> Bool {
        left.type.rawValue == right.type.rawValue && left.rowStride == right.rowStride
          && left.columnStride == right.columnStride
      }

      func hash(into hasher: inout Hasher) {
        hasher.combine(type.rawValue)
        hasher.combine(rowStride)
        hasher.combine(columnStride)
      }
    }

    private var primitives: [Shape: OneDNNPrimitive] = [:]
    private lazy var engine = OneDNNEngine()

    /// The library's version and the instruction set that it chose, such as "2.6.3 (isa 231)".
    static var version: String {
      guard let version = unsafe dnnl_version() else { return "unknown" }
      let numbers = unsafe [version.pointee.major, version.pointee.minor, version.pointee.patch]
      let set = dnnl_get_effective_cpu_isa().rawValue
      return "\(numbers.map(String.init).joined(separator: ".")) (isa \(set))"
    }

    /// Whether oneDNN has kernels for bf16 on this processor.
    static var hasBFloat16Instructions: Bool { has(dnnl_cpu_isa_avx512_core_bf16) }

    /// Whether oneDNN has kernels here that multiply bf16 in tiles.
    static var hasTiles: Bool { has(dnnl_cpu_isa_avx512_core_amx) }

    /// Whether oneDNN's kernels use this instruction set; it names those of x86-64 only.
    private static func has(_ needed: dnnl_cpu_isa_t) -> Bool {
      #if arch(x86_64)
        dnnl_get_effective_cpu_isa().rawValue & needed.rawValue == needed.rawValue
      #else
        false
      #endif
    }

    /// `product = left · right`, or added to it, on the calling thread.
    func multiply<Operand: Numeral, Product: Numeral>(
      _ left: Matrix<Operand>, _ right: Matrix<Operand>, into product: Matrix<Product>,
      adding: Bool
    ) {
      let shape = Shape(
        rows: product.rows, columns: product.columns, terms: left.columns, left: Layout(left),
        right: Layout(right), product: Layout(product), adds: adding)
      // A sum is a gradient that no cache holds. A product would read it tile by tile and wait for each; reading it in
      // order first is fast. That took a fifth off the weights' gradients of S/16.
      if adding { product.readAhead() }
      // OpenMP keeps a number of threads for each calling thread.
      omp_set_num_threads(1)
      let primitive = primitives[shape] ?? make(shape)
      unsafe primitive.execute(
        left: left.buffer.base + left.offset, right: right.buffer.base + right.offset,
        product: product.buffer.base + product.offset, engine)
    }

    private func make(_ shape: Shape) -> OneDNNPrimitive {
      let primitive = OneDNNPrimitive(shape, engine)
      primitives[shape] = primitive
      return primitive
    }
  }
#endif
