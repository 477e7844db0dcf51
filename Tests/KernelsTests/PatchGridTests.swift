import Kernels
import Testing

@Suite("Patches")
struct PatchGridTests {
  @Test("An image is cut into patches: channels, rows, columns; tokens row-major")
  func gather() {
    let grid = PatchGrid(channels: 2, rows: 3, columns: 2, patchRows: 2, patchColumns: 3)
    #expect(grid.tokens == 6 && grid.patchSize == 12 && grid.imageSize == 72)
    let images = (0..<144).map(Float.init)
    let patches = Matrix(zeros: 6, 12)
    grid.gather(images.span, image: 1, into: patches)
    for token in 0..<6 {
      for element in 0..<12 {
        let (channel, y, x) = (element / 6, element / 3 % 2, element % 3)
        let pixel = 72 + channel * 36 + (token / 2 * 2 + y) * 6 + token % 2 * 3 + x
        #expect(patches.values[token * 12 + element] == Float(pixel))
      }
    }
  }
}
