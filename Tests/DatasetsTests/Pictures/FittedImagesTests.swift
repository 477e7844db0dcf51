import Batches
import Imaging
import TestSupport
import Testing

@testable import Datasets

@Suite("Pictures as a model takes them")
struct FittedImagesTests {
  private func fitted(_ names: [String], channels: Int, side: Int = 24) throws -> FittedImages {
    let source = MemoryPictures(
      files: try names.map(PictureFixture.bytes), labels: names.indices.map { Int32($0 % 2) })
    return FittedImages(
      source,
      fit: ImageFit(
        imageShape: ImageShape(channels: channels, rows: side, columns: side), cropFraction: 0.875,
        interpolation: .bicubic))
  }

  @Test("Planes of the decoded, resized and cropped picture", arguments: [1, 3])
  func planes(channels: Int) throws {
    let images = try fitted(["baseline-444-95.jpg", "grey.jpg", "rgb.png"], channels: channels)
    for sample in 0..<3 {
      let picture = try images.picture(of: sample)
      #expect(picture.channels == channels && picture.rows == 29)
      let expected = EvaluationTransform(
        rows: 24, columns: 24, cropFraction: 0.875, interpolation: .bicubic)(picture)
      let pixels = try images.pixelArray(of: sample)
      for channel in 0..<channels {
        for place in [0, 1, 25, 575] {
          #expect(pixels[576 * channel + place] == expected.bytes[channels * place + channel])
        }
      }
    }
  }

  @Test("Loaders on any threads make the same batches")
  func loader() throws {
    let names = ["baseline-444-95.jpg", "grey.jpg", "cmyk.jpg", "palette-8.png", "lossy.webp"]
    let images = try fitted(names, channels: 3)
    var settings = BatchSettings(.training(seed: 3))
    settings.normalization = Normalization(mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
    settings.augmentation.horizontalFlip = true
    let loaders = try (0..<3).map { _ in try BatchLoader(source: images, settings) }
    let order = [4, 0, 3, 1, 2]
    for loader in loaders { loader.request(samples: order, epoch: 2) }
    let batches = try loaders.map { try $0.next() }
    guard case .images(let first) = batches[0].content else {
      Issue.record("no images")
      return
    }
    #expect(first.count == 5 * 3 * 576 && batches[0].labels == [0, 0, 1, 1, 0])
    for batch in batches {
      guard case .images(let others) = batch.content else { continue }
      #expect(others == first)
    }
  }

  @Test("A picture that cannot be read is named, and those after it are read")
  func bad() throws {
    var source = MemoryPictures(files: [greyPNG(1), [1, 2], greyPNG(2)], labels: [0, 1, 0])
    source.classNames = nil
    let shape = ImageShape(channels: 1, rows: 4, columns: 4)
    let images = FittedImages(
      source, fit: ImageFit(imageShape: shape, cropFraction: 1, interpolation: .bilinear))
    expectError(.invalid, "memory/1.png") { _ = try images.pixelArray(of: 1) }
    #expect(try images.pixelArray(of: 2) == [UInt8](repeating: 2, count: 16))
    let two = FittedImages(
      source,
      fit: ImageFit(
        imageShape: ImageShape(channels: 2, rows: 4, columns: 4), cropFraction: 1,
        interpolation: .bilinear))
    expectError(.invalid, "memory/0.png", mentions: "1 or 3 channels") {
      _ = try two.pixelArray(of: 0)
    }
  }

  @Test("A picture so narrow that resizing would take all memory is refused before")
  func narrow() throws {
    let shape = ImageShape(channels: 1, rows: 1_024, columns: 1_024)
    for (rows, columns) in [(1, 200), (200, 1)] {
      let images = FittedImages(
        MemoryPictures(files: [greyPNG(1, rows: rows, columns: columns)], labels: [0]),
        fit: ImageFit(imageShape: shape, cropFraction: 1, interpolation: .bilinear))
      let (size, long) = ("\(rows)×\(columns)", "204800")
      expectError(.invalid, "memory/0.png", mentions: size, long) {
        _ = try images.picture(of: 0)
      }
      expectError(.invalid, "memory/0.png", mentions: size, long) {
        _ = try images.pixelArray(of: 0)
      }
    }
  }

  @Test("What evaluation keeps depends on the size by default")
  func fraction() {
    for (side, fraction) in [(28, 1), (64, 1), (65, 0.875), (224, 0.875)] {
      let shape = ImageShape(channels: 3, rows: side, columns: side)
      #expect(ImageFit.usualCropFraction(for: shape) == fraction)
    }
  }
}
