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

  @Test("Portable products take no buffers of OpenBLAS, which a limit on memory may not allow")
  func buffers() throws {
    // More than any address space has.
    let workers = 1 << 22
    try ProductLibrary.portable.prepare(workers: workers)
    #expect(BLAS.reservedBuffers < workers && BLAS.threads == 1)
    for library in ProductLibrary.available where library != .portable {
      let error = #expect(throws: BLASError.self) { try library.prepare(workers: workers) }
      #expect(error?.isLimit == true)
    }
  }
}
