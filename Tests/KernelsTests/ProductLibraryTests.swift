import Kernels
import TestSupport
import Testing

@Suite("Libraries of matrix products")
struct ProductLibraryTests {
  @Test("Only oneDNN needs a processor that multiplies bf16")
  func processor() {
    #expect(ProductLibrary.portable.multiplies(BFloat16.self))
    #expect(ProductLibrary.openblas.multiplies(BFloat16.self))
    #expect(ProductLibrary.onednn.multiplies(BFloat16.self) == BFloat16.isFast)
  }
}
