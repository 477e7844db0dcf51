@testable import Datasets

/// A data set in memory whose pixels follow from their place, for tests to predict.
struct MemorySource: ImageSource {
  var count = 10
  var imageShape = ImageShape(channels: 1, rows: 3, columns: 4)
  var classCount = 10
  var digest = "in memory"

  /// The samples that cannot be read.
  var badSamples: Set<Int> = []

  var imageShapeLocation: FileLocation { FileLocation("memory") }

  func pixels(of sample: Int) -> [UInt8] {
    (0..<imageShape.count).map { UInt8(truncatingIfNeeded: 31 * sample + 7 * $0 + 1) }
  }

  func copyPixels(
    of sample: Int, into pixels: inout MutableSpan<UInt8>
  ) throws(DatasetError) {
    if badSamples.contains(sample) {
      throw DatasetError(.inputOutput, FileLocation("memory", offset: sample), "bad sample")
    }
    let source = self.pixels(of: sample)
    for index in source.indices { pixels[index] = source[index] }
  }

  func label(of sample: Int) -> Int32 { Int32(sample * 3 % classCount) }

  func labelLocation(of sample: Int) -> FileLocation { FileLocation("memory", offset: sample) }
}

extension ImageSource {
  /// The pixels of one image as an array.
  func pixelArray(of sample: Int) throws -> [UInt8] {
    var pixels = [UInt8](repeating: 0, count: imageShape.count)
    var span = pixels.mutableSpan
    try copyPixels(of: sample, into: &span)
    return pixels
  }
}

/// Opens a set that is stored as pixels.
func openPixels(
  format: DatasetFormat, files: [String], split: DatasetSplit
) throws -> any ImageSource {
  guard case .pixels(let source) = try openImages(format: format, files: files, split: split) else {
    throw DatasetError(
      .invalid, FileLocation(files.first ?? ""), "a set of pictures, not of pixels")
  }
  return source
}
