import Foundation
import Mathematics
import Testing

@Suite("Elementary functions")
struct ElementaryTests {
  @Test("The exponential is within one unit in the last place of the C library's")
  func exponentials() {
    for x in arguments(from: -745, to: 709.7) + arguments(from: -1, to: 1) {
      #expect(abs(exponential(x) - Foundation.exp(x)) <= Foundation.exp(x).ulp, "\(x)")
    }
    #expect(exponential(0) == 1 && exponential(-.infinity) == 0 && exponential(-800) == 0)
    #expect(exponential(710) == .infinity && exponential(.infinity) == .infinity)
    #expect(exponential(.nan).isNaN)
  }

  @Test("The logarithm is within one unit in the last place of the C library's")
  func logarithms() {
    let subnormal: [Double] = [
      .leastNonzeroMagnitude, 0x1p-1030, .leastNormalMagnitude, .greatestFiniteMagnitude,
    ]
    for x in arguments(from: 0.5, to: 2) + arguments(from: 1e-3, to: 1e6) + subnormal {
      #expect(abs(logarithm(x) - Foundation.log(x)) <= Foundation.log(x).ulp, "\(x)")
    }
    #expect(logarithm(1) == 0 && logarithm(0) == -.infinity && logarithm(.infinity) == .infinity)
    #expect(logarithm(-1).isNaN && logarithm(.nan).isNaN)
  }

  @Test("The cosine is within one unit in the last place of the C library's")
  func cosines() {
    for turns in arguments(from: 0, to: 1) + arguments(from: -7, to: 7)
      + arguments(from: 0.249, to: 0.251)
    {
      let expected = cosineByLibrary(ofTurns: turns)
      #expect(abs(cosine(ofTurns: turns) - expected) <= expected.ulp, "\(turns)")
    }
    #expect([0, 0.25, 0.5, 0.75, 1].map { cosine(ofTurns: $0) } == [1, 0, -1, 0, 1])
    #expect(cosine(ofTurns: .infinity).isNaN)
  }

  /// The C library's cosine, of turns that are reduced first: multiples of π are not exact.
  private func cosineByLibrary(ofTurns turns: Double) -> Double {
    let rest = turns - turns.rounded()
    let quarter = (4 * rest).rounded()
    let part = rest - quarter / 4
    // The angle, and what its rounding and that of 2π have lost.
    let angle = 2 * Double.pi * part
    let lost = (-angle).addingProduct(part, 2 * .pi) + part * 0x1.1a62633145c07p-52
    let (sine, cosine) = (Foundation.sin(angle), Foundation.cos(angle))
    switch Int(quarter) & 3 {
    case 0: return cosine - lost * sine
    case 1: return -sine - lost * cosine
    case 2: return -cosine + lost * sine
    default: return sine + lost * cosine
    }
  }

  @Test(
    "Sine and cosine of an angle are the C library's, and at worst one unit in the last place off")
  func sinesAndCosines() {
    var other = 0
    for angle in arguments(from: -1, to: 1) + arguments(from: -40, to: 40) {
      let (sine, cosine) = sineAndCosine(angle)
      other += (sine == Foundation.sin(angle) ? 0 : 1) + (cosine == Foundation.cos(angle) ? 0 : 1)
      #expect(abs(sine - Foundation.sin(angle)) <= sine.ulp, "\(angle)")
      #expect(abs(cosine - Foundation.cos(angle)) <= cosine.ulp, "\(angle)")
    }
    #expect(other < 200)
    #expect(sineAndCosine(0) == (0, 1))
    #expect(sineAndCosine(.infinity).sine.isNaN)
  }

  @Test("Powers are within one unit in the last place of the C library's")
  func powers() {
    for (index, base) in arguments(from: 0.5, to: 1.01).enumerated() {
      let expected = Foundation.pow(base, Double(index))
      #expect(
        abs(power(base, index) - expected) <= expected.ulp, "\(base) to the power of \(index)")
    }
    #expect(power(0.999, 1_000_000) == 0 && power(2, 2000) == .infinity && power(0, 0) == 1)
    #expect(power(2, 1023) == 0x1p1023 && power(0, 3) == 0)
  }

  /// Digests of results on other processors would differ in the first bit that does.
  @Test("The bits are those of other processors")
  func bits() {
    let angles = arguments(from: -40, to: 40).map(sineAndCosine)
    let results =
      arguments(from: -20, to: 20).map(exponential)
      + arguments(from: 0.01, to: 100).map(logarithm)
      + arguments(from: -2, to: 2).map { cosine(ofTurns: $0) }
      + angles.map(\.sine) + angles.map(\.cosine)
      + (0..<5000).map { power(0.999, $0) }
    let hash = results.reduce(14_695_981_039_346_656_037 as UInt64) {
      ($0 ^ $1.bitPattern) &* 1_099_511_628_211
    }
    #expect(hash == 0xcdce_9955_21db_06d1)
  }

  /// Five thousand numbers, as even as can be, none of them round.
  private func arguments(from first: Double, to last: Double) -> [Double] {
    (0..<5000).map { first + (last - first) * (Double($0) + 0.37) / 5000 }
  }
}
