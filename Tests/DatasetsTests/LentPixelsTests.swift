import Imaging
import TestSupport
import Testing

@testable import Datasets

/// Pixels that are lent where they lie are those that would be copied.
@Suite("Lent pixels")
struct LentPixelsTests {
  private func check(_ source: any ImageSource, lendsInPlace: Bool) throws {
    let shape = source.imageShape
    for sample in 0..<source.count {
      let copied = try source.pixelArray(of: sample)
      var room = [UInt8](repeating: 77, count: shape.count)
      var lent: [UInt8] = []
      try source.withPixels(of: sample, copiedInto: &room) { pixels, order in
        lent = pixels.indices.map { index in
          let (channel, place) = index.quotientAndRemainder(dividingBy: shape.rows * shape.columns)
          return order == .planar ? pixels[index] : pixels[place * shape.channels + channel]
        }
      }
      #expect(lent == copied)
      #expect(room.allSatisfy { $0 == 77 } == lendsInPlace)
    }
  }

  @Test("Of files that are mapped or unpacked, in place")
  func files() throws {
    let folder = try TemporaryFolder()
    let pixels = (0..<60).map { UInt8($0 * 4) }
    try folder.write(IDXBytes.images(5, rows: 3, columns: 4, pixels: pixels), to: "images")
    try folder.write(IDXBytes.labels([0, 1, 2, 1, 0]), to: "labels")
    let record: [UInt8] = [3] + (0..<3_072).map { UInt8($0 % 251) }
    try folder.write(record + record, to: "cifar10")
    let idx = ["images", "labels"].map { "\(folder.path)/\($0)" }
    try check(openPixels(format: .idx, files: idx, split: .train), lendsInPlace: true)
    try check(
      openPixels(format: .cifar10, files: ["\(folder.path)/cifar10"], split: .train),
      lendsInPlace: true)
  }

  @Test("Of pictures, as they are decoded and fitted", arguments: [1, 3])
  func pictures(channels: Int) throws {
    let files = try ["baseline-444-95.jpg", "rgb.png"].map(PictureFixture.bytes)
    let fit = ImageFit(
      imageShape: ImageShape(channels: channels, rows: 20, columns: 24), cropFraction: 0.875,
      interpolation: .bicubic)
    try check(
      FittedImages(MemoryPictures(files: files, labels: [0, 1]), fit: fit), lendsInPlace: true)
  }

  @Test("Of images that are made for measuring, in place")
  func synthetic() throws {
    let shape = ImageShape(channels: 3, rows: 5, columns: 4)
    try check(SyntheticImages(count: 300, imageShape: shape, classCount: 2), lendsInPlace: true)
  }

  @Test("Of sources that compute them, in the room that is given")
  func computed() throws {
    try check(DigitsSource(split: .test), lendsInPlace: false)
  }
}
