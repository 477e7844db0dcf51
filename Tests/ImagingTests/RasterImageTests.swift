import Testing

@testable import Imaging

struct RasterImageTests {
  @Test("a picture of bytes that do not fit its size traps")
  func size() async {
    await #expect(processExitsWith: .failure) {
      _ = RasterImage(rows: 2, columns: 3, channels: 3, bytes: [UInt8](repeating: 0, count: 17))
    }
  }
}
