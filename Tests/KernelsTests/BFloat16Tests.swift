import Kernels
import RoundingCheck
import TestSupport
import Testing

@Suite("bf16")
struct BFloat16Tests {
  @Test("Rounding is to nearest, ties to even, and keeps what is not finite")
  func rounding() {
    let one = UInt32(0x3F80_0000)
    for (offset, expected) in [(0, 0), (0x7FFF, 0), (0x8000, 0), (0x8001, 1), (0x1_8000, 2)] {
      let value = Float(bitPattern: one + UInt32(offset))
      #expect(BFloat16(rounding: value).bits == 0x3F80 + UInt16(expected))
    }
    #expect(BFloat16(rounding: .infinity).float == .infinity)
    #expect(BFloat16(rounding: -.greatestFiniteMagnitude).float == -.infinity)
    #expect(BFloat16(rounding: .nan).float.isNaN)
    #expect(BFloat16(rounding: Float(bitPattern: 0x7F80_0001)).float.isNaN)
    #expect(BFloat16(rounding: -0.0).bits == 0x8000)
  }

  @Test("Every number survives the way to Float and back")
  func roundTrip() {
    for bits in UInt16.min...UInt16.max {
      let value = BFloat16(bits: bits).float
      if value.isNaN || (value != 0 && value.magnitude < .leastNormalMagnitude) { continue }
      #expect(BFloat16(rounding: value).bits == bits)
    }
  }

  @Test("A buffer is rounded, and widened again, from and to any place", arguments: [0, 1, 16, 37])
  func buffers(count: Int) {
    var random = RandomValues(seed: 3)
    let floats = FloatBuffer(count: count + 9)
    floats.withMutableSpan(0..<floats.count) { span in
      for index in span.indices { span[index] = Float(random.next()) }
    }
    let halves = Buffer<BFloat16>(count: count + 5)
    round(floats, 7..<7 + count, into: halves, at: 3)
    let widened = FloatBuffer(count: count + 5)
    widen(halves, 3..<3 + count, into: widened, at: 4)
    let wanted = floats.withSpan(7..<7 + count) { span in
      span.indices.map { BFloat16(rounding: span[$0]).float }
    }
    #expect(widened.withSpan(4..<4 + count) { span in span.indices.map { span[$0] } } == wanted)
    #expect(widened.withSpan(0..<4) { $0[3] } == 0)
    #expect(widened.withSpan(4 + count..<widened.count) { $0[0] } == 0)
  }

  @Test("A kernel computes in fp32 and rounds once, at every odd size", arguments: oddSizes)
  func kernel(size: TestSize) {
    var random = RandomValues(seed: 7)
    let input = Matrix<BFloat16>(rounding: random.array(size.count), columns: size.columns)
    let gain = Matrix(random.array(size.columns), columns: size.columns)
    let bias = Matrix(random.array(size.columns), columns: size.columns)
    let statistics = Matrix(zeros: size.rows, 2)
    let output = Matrix<BFloat16>(
      rounding: [Double](repeating: 0, count: size.count), columns: size.columns)
    layerNormForward(
      input, gain: gain, bias: bias, epsilon: 1e-6, statistics: statistics, into: output)
    let wide = Matrix(input.values.map(Double.init), columns: size.columns)
    let expected = Matrix(zeros: size.rows, size.columns)
    layerNormForward(
      wide, gain: gain, bias: bias, epsilon: 1e-6, statistics: statistics, into: expected)
    #expect(output.values == expected.values.map { BFloat16(rounding: $0).float })
    #expect(output.surroundingsAreUntouched)
  }

  @Test("Every float is rounded by one rule, with the processor's instruction or without it")
  func allFloats() {
    var first: UInt32 = 0
    let wrong = unsafe rounding_check(&first)
    #expect(wrong == 0, "\(wrong) floats, one of them \(String(first, radix: 16))")
  }

  /// Those that multiply bf16 here.
  private static let libraries = ProductLibrary.available.filter { $0.multiplies(BFloat16.self) }

  @Test(
    "A product sums in fp32: only its result is rounded",
    arguments: [(1, 1, 1), (3, 17, 5), (17, 31, 3), (49, 256, 64)], [false, true])
  func product(size: (m: Int, k: Int, n: Int), transposing: Bool) {
    var random = RandomValues(seed: 1)
    let (m, k, n) = size
    let (a, b) = (rounded(random.array(m * k)), rounded(random.array(k * n)))
    let c = random.array(m * n)
    let left =
      transposing
      ? Matrix<BFloat16>(
        rounding: ReferenceKernels.transposed(a, columns: k), columns: m
      ).transposed
      : Matrix<BFloat16>(rounding: a, columns: k)
    let right =
      transposing
      ? Matrix<BFloat16>(
        rounding: ReferenceKernels.transposed(b, columns: n), columns: k
      ).transposed
      : Matrix<BFloat16>(rounding: b, columns: n)
    let expected = ReferenceKernels.product(a, b, inner: k)
    let sizes = ReferenceKernels.product(a.map(abs), b.map(abs), inner: k)
    for library in Self.libraries {
      let product = Matrix<BFloat16>(rounding: [Double](repeating: 0, count: m * n), columns: n)
      let (wide, sum) = (Matrix(zeros: m, n), Matrix(c, columns: n))
      let multiplier = MatrixMultiplier(library)
      multiplier.multiply(left, right, into: product)
      multiplier.multiply(left, right, into: wide)
      multiplier.multiply(left, right, addingTo: sum)
      let (products, wides, sums) = (product.values, wide.values, sum.values)
      for index in expected.indices {
        let bound = Double(k + 1) * 0x1p-24 * (sizes[index] + abs(c[index]))
        #expect(abs(Double(wides[index]) - expected[index]) <= bound, "\(library)")
        #expect(abs(Double(sums[index]) - expected[index] - c[index]) <= bound, "\(library)")
        #expect(
          abs(Double(products[index]) - expected[index]) <= bound + 0x1p-8 * abs(expected[index]),
          "\(library)")
      }
      #expect(wide.surroundingsAreUntouched && sum.surroundingsAreUntouched, "\(library)")
      #expect(product.surroundingsAreUntouched, "\(library)")
    }
  }

  @Test(
    "Where an operand lies in memory changes no bit of a product",
    arguments: 1..<17, libraries)
  func alignment(offset: Int, library: ProductLibrary) {
    func bits(_ offset: Int) -> [UInt32] {
      var random = RandomValues(seed: 3)
      let left = Matrix<BFloat16>(rounding: random.array(49 * 64), columns: 64, offset: offset)
      let right = Matrix<BFloat16>(rounding: random.array(96 * 64), columns: 64, offset: offset)
      let sum = Matrix(random.array(49 * 96), columns: 96, offset: offset)
      MatrixMultiplier(library).multiply(left, right.transposed, addingTo: sum)
      return sum.values.map(\.bitPattern)
    }
    #expect(bits(offset) == bits(0))
  }

  private func rounded(_ values: [Double]) -> [Double] {
    values.map { Double(BFloat16(rounding: Float($0)).float) }
  }
}
