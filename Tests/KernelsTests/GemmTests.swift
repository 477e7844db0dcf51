import Kernels
import TestSupport
import Testing

@Suite("Matrix product")
struct GemmTests {
  @Test(
    "Every element is within the rounding of its dot product",
    arguments: [
      (1, 1, 1), (3, 17, 5), (17, 31, 3), (31, 1, 17), (131, 257, 133), (170, 160, 180),
    ], [false, true])
  func product(size: (m: Int, k: Int, n: Int), transposing: Bool) {
    var random = RandomValues(seed: 1)
    let (m, k, n) = size
    let (a, b, c) = (random.array(m * k), random.array(k * n), random.array(m * n))
    let left =
      transposing
      ? Matrix(ReferenceKernels.transposed(a, columns: k), columns: m).transposed
      : Matrix(a, columns: k)
    let right =
      transposing
      ? Matrix(ReferenceKernels.transposed(b, columns: n), columns: k).transposed
      : Matrix(b, columns: n)
    let expected = ReferenceKernels.product(a, b, inner: k)
    let sizes = ReferenceKernels.product(a.map(abs), b.map(abs), inner: k)
    for library in ProductLibrary.available {
      let (product, sum) = (Matrix(zeros: m, n), Matrix(c, columns: n))
      let multiplier = MatrixMultiplier(library)
      multiplier.multiply(left, right, into: product)
      multiplier.multiply(left, right, addingTo: sum)
      let (products, sums) = (product.values, sum.values)
      for index in expected.indices {
        let bound = Double(k + 1) * 0x1p-24 * (sizes[index] + abs(c[index]))
        #expect(abs(Double(products[index]) - expected[index]) <= bound, "\(library)")
        #expect(abs(Double(sums[index]) - expected[index] - c[index]) <= bound, "\(library)")
      }
      #expect(product.surroundingsAreUntouched && sum.surroundingsAreUntouched, "\(library)")
    }
  }

  @Test("The library computes on one thread, and says who it is")
  func library() {
    _ = MatrixMultiplier(.openblas)
    #expect(BLAS.threads == 1)
    #expect(BLAS.configuration.contains("OpenBLAS"))
  }
}
