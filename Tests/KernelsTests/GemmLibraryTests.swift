import Kernels
import TestSupport
import Testing

@Suite("Libraries of matrix products")
struct GemmLibraryTests {
  @Test(
    "Each multiplies floats to within rounding, plain and added, small and large",
    arguments: GemmLibrary.allCases.filter { $0.multiplies(Float.self) },
    [(5, 7, 3), (170, 160, 180)])
  func floats(library: GemmLibrary, size: (m: Int, k: Int, n: Int)) {
    var random = RandomValues(seed: 3)
    let (m, k, n) = size
    let (a, b, c) = (random.array(m * k), random.array(k * n), random.array(m * n))
    let (left, right) = (Matrix(a, columns: k), Matrix(b, columns: n))
    let (product, sum) = (Matrix(zeros: m, n), Matrix(c, columns: n))
    let multiplier = MatrixMultiplier()
    multiplier.multiply(left, right, into: product, adding: false, by: library)
    multiplier.multiply(left, right, into: sum, adding: true, by: library)

    let expected = ReferenceKernels.product(a, b, inner: k)
    let sizes = ReferenceKernels.product(a.map(abs), b.map(abs), inner: k)
    let (products, sums) = (product.values, sum.values)
    for index in expected.indices {
      let bound = Double(k + 1) * 0x1p-24 * (sizes[index] + abs(c[index]))
      #expect(abs(Double(products[index]) - expected[index]) <= bound)
      #expect(abs(Double(sums[index]) - expected[index] - c[index]) <= bound)
    }
  }

  @Test("OpenBLAS has no bf16, and oneDNN has it where the processor does")
  func bfloat16() {
    #expect(!GemmLibrary.openBLAS.multiplies(BFloat16.self))
    #expect(GemmLibrary.oneDNN.multiplies(BFloat16.self) == BFloat16.isFast)
  }
}
