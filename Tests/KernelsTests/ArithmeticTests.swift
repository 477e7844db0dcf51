import Kernels
import TestSupport
import Testing

@Suite("Arithmetic on buffers")
struct ArithmeticTests {
  private func buffer(_ values: [Float], at start: Int = 0) -> FloatBuffer {
    let buffer = FloatBuffer(count: start + values.count)
    buffer.withMutableSpan(start..<buffer.count) { span in
      for index in values.indices { span[index] = values[index] }
    }
    return buffer
  }

  private func values(_ buffer: FloatBuffer) -> [Float] {
    buffer.withSpan(0..<buffer.count) { span in span.indices.map { span[$0] } }
  }

  private func random(_ count: Int, seed: UInt64) -> [Float] {
    var random = RandomValues(seed: seed)
    return random.array(count).map { Float($0) }
  }

  @Test("Addition is that of each element", arguments: [0, 1, 3, 16, 17, 31, 64])
  func elementwise(count: Int) {
    let (a, b) = (random(count, seed: 11), random(count + 3, seed: 12))
    let target = buffer(b)
    add(buffer(a), 0..<count, to: target, at: 3)
    #expect(values(target) == b[..<3] + zip(a, b[3...]).map(+))
  }

  @Test("The average moves by its share", arguments: [1, 17, 31])
  func average(count: Int) {
    let (a, w) = (random(count, seed: 13), random(count, seed: 14))
    let average = buffer(a, at: 2)
    updateAverage(average, at: 2, weights: buffer(w), 0..<count, decay: 0.75)
    let moved = values(average)
    for index in 0..<count {
      let expected = 0.75 * Double(a[index]) + 0.25 * Double(w[index])
      #expect(abs(Double(moved[index + 2]) - expected) <= 3 * 0x1p-24)
    }
  }

  @Test("Squares are summed in Double", arguments: [1, 3, 17, 31, 4096])
  func squares(count: Int) {
    let a = random(count, seed: 15)
    let expected = a.map { Double($0) * Double($0) }.reduce(0, +)
    let sum = sumOfSquares(buffer(a), 0..<count)
    #expect(abs(sum - expected) <= Double(count) * 0x1p-53 * expected)
    // Neither alignment nor neighbours matter.
    let shifted = buffer([.nan] + a + [.nan], at: 7)
    #expect(sumOfSquares(shifted, 8..<(8 + count)) == sum)
  }

  @Test(
    "A single number that is not finite is found", arguments: [Float.nan, .infinity, -.infinity])
  func finite(value: Float) {
    for count in [1, 17, 31, 32] {
      var numbers = random(count, seed: 16)
      numbers[0] = .greatestFiniteMagnitude
      #expect(isFinite(buffer(numbers), 0..<count))
      numbers[count - 1] = value
      #expect(!isFinite(buffer(numbers), 0..<count))
      #expect(isFinite(buffer(numbers), 0..<(count - 1)))
    }
  }
}
