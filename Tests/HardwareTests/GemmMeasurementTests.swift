import Hardware
import Kernels
import Model
import Testing

@Suite("Rates of matrix products")
struct GemmMeasurementTests {
  private static func measured(limit: Double) -> GemmMeasurement {
    GemmMeasurement(
      of: MatrixProduct(rows: 64, columns: 64, terms: 64), .fp32, by: .portable, seconds: 0,
      limit: limit)
  }

  @Test("A product that takes longer than the limit is done once; emulated, that is seconds")
  func limit() {
    let once = Self.measured(limit: 0)
    #expect(once.repetitions == 1)
    #expect(once.gigaflops > 0 && once.gigaflops.isFinite)
    #expect(once.sustainedGigaflops > 0 && once.sustainedGigaflops <= once.gigaflops)
    #expect(Self.measured(limit: .infinity).repetitions == 5)
  }
}
