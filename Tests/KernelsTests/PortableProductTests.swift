import Kernels
import TestSupport
import Testing

@Suite("Products with the same bits on every processor")
struct PortableProductTests {
  /// Rows, terms, columns: a part of a tile, many tiles, more terms than are multiplied at once.
  static let sizes = [
    (1, 1, 1), (3, 17, 5), (10, 16, 64), (14, 8, 32), (17, 31, 49), (49, 128, 49), (131, 257, 133),
    (20, 2100, 40),
  ]

  @Test(
    "Every element is one chain of fused multiply-adds", arguments: sizes,
    [(false, false), (true, false), (false, true), (true, true)])
  func chain(size: (m: Int, k: Int, n: Int), transposed: (left: Bool, right: Bool)) {
    let operands = Operands<Float>(size, transposed)
    let (product, sum) = (Matrix(zeros: size.m, size.n), Matrix(operands.sum, columns: size.n))
    let multiplier = MatrixMultiplier(.portable)
    multiplier.multiply(operands.left, operands.right, into: product)
    multiplier.multiply(operands.left, operands.right, addingTo: sum)
    #expect(product.values == operands.chain)
    #expect(sum.values == operands.chain(from: operands.sum))
    #expect(product.surroundingsAreUntouched && sum.surroundingsAreUntouched)
  }

  @Test("A sum continues its chain: two products over parts of the terms are one over all")
  func parts() {
    let operands = Operands<Float>((31, 300, 45), (true, false))
    let (whole, parts) = (Matrix(zeros: 31, 45), Matrix(zeros: 31, 45))
    let multiplier = MatrixMultiplier(.portable)
    multiplier.multiply(operands.left, operands.right, into: whole)
    for terms in [0..<101, 101..<300] {
      multiplier.multiply(
        operands.left.transposed.rows(terms).transposed, operands.right.rows(terms), addingTo: parts
      )
    }
    #expect(whole.values == parts.values)
  }

  @Test("Numbers in bf16 are widened, and the product is rounded once", arguments: [false, true])
  func bfloat16(transposing: Bool) {
    let operands = Operands<BFloat16>((29, 1050, 37), (transposing, transposing))
    let product = Matrix<BFloat16>(
      rounding: [Double](repeating: 0, count: 29 * 37), columns: 37)
    let sum = Matrix(operands.sum, columns: 37)
    let multiplier = MatrixMultiplier(.portable)
    multiplier.multiply(operands.left, operands.right, into: product)
    multiplier.multiply(operands.left, operands.right, addingTo: sum)
    #expect(product.values == operands.chain.map { BFloat16(rounding: $0).float })
    #expect(sum.values == operands.chain(from: operands.sum))
    #expect(product.surroundingsAreUntouched && sum.surroundingsAreUntouched)
  }

  /// The digests of a program in C, built for AVX-512, AVX2 and NEON.
  @Test(
    "The bits are those of other processors",
    arguments: [
      (100, 77, 333, false, 0xe4c9_f626_a91e_bc59), (196, 768, 196, false, 0xaab1_510e_b41c_8b0c),
      (512, 3072, 128, true, 0x49c1_eeed_814a_2a11),
    ] as [(Int, Int, Int, Bool, UInt64)])
  func knownDigests(m: Int, n: Int, k: Int, transposing: Bool, digest: UInt64) {
    var state: UInt32 = 12345
    func numbers(_ count: Int) -> FloatBuffer {
      let buffer = FloatBuffer(count: count)
      buffer.withMutableSpan(0..<count) { span in
        for index in span.indices {
          state = state &* 1_664_525 &+ 1_013_904_223
          span[index] = Float(Int32(bitPattern: state)) * 4.6e-10
        }
      }
      return buffer
    }
    let (a, b) = (numbers(m * k), numbers(k * n))
    let left =
      transposing
      ? Matrix(a, at: 0, rows: k, columns: m).transposed : Matrix(a, at: 0, rows: m, columns: k)
    let product = Matrix(FloatBuffer(count: m * n), at: 0, rows: m, columns: n)
    MatrixMultiplier(.portable).multiply(
      left, Matrix(b, at: 0, rows: k, columns: n), into: product)
    let hash = product.values.reduce(1_469_598_103_934_665_603 as UInt64) {
      ($0 ^ UInt64($1.bitPattern)) &* 1_099_511_628_211
    }
    #expect(hash == digest)
  }
}

/// Operands of a product, and the chain that its elements are to be.
private struct Operands<Element: Numeral> {
  let left: Matrix<Element>
  let right: Matrix<Element>
  let sum: [Double]
  private let a: [Float]
  private let b: [Float]
  private let size: (m: Int, k: Int, n: Int)

  init(_ size: (m: Int, k: Int, n: Int), _ transposed: (left: Bool, right: Bool)) {
    var random = RandomValues(seed: 5)
    let (a, b) = (random.array(size.m * size.k), random.array(size.k * size.n))
    sum = random.array(size.m * size.n)
    left =
      transposed.left
      ? Matrix(rounding: ReferenceKernels.transposed(a, columns: size.k), columns: size.m)
        .transposed : Matrix(rounding: a, columns: size.k)
    right =
      transposed.right
      ? Matrix(rounding: ReferenceKernels.transposed(b, columns: size.n), columns: size.k)
        .transposed : Matrix(rounding: b, columns: size.n)
    self.a = a.map { Element(rounding: Float($0)).float }
    self.b = b.map { Element(rounding: Float($0)).float }
    self.size = size
  }

  /// The product, added to `start`.
  func chain(from start: [Double]) -> [Float] {
    (0..<(size.m * size.n)).map { index in
      let (row, column) = (index / size.n, index % size.n)
      return (0..<size.k).reduce(Float(start[index])) { sum, term in
        sum.addingProduct(a[row * size.k + term], b[term * size.n + column])
      }
    }
  }

  /// The product.
  var chain: [Float] { chain(from: [Double](repeating: 0, count: size.m * size.n)) }
}
