/// The 1,797 handwritten digits of 8×8 pixels that ship inside the program.
///
/// Every fifth sample (number 4, 9, 14, …) is for the test: 1,438 train and 359 test samples. The
/// source's pixels count strokes from 0 to 16; here 16 becomes 255 and values between are rounded,
/// so that mean and deviation are those of pixels in 0…1, as for the other formats.
///
/// - Note: Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI
///   Machine Learning Repository, 1998, CC BY 4.0; see NOTICE.
public struct DigitsSource: ImageSource {
  private static let name = "digits (built in)"

  private let records: MappedBytes
  private let numbers: [Int]

  /// The largest label plus 1: 10.
  public let classCount = 10

  /// The SHA-256 of the decoded content.
  public private(set) var digest = ""

  /// Unpacks the digits of one split.
  ///
  /// - Throws: ``DatasetError`` if memory runs out.
  public init(split: DatasetSplit) throws(DatasetError) {
    var chunks = [PackageResources.digits_bin]
    records = try MappedBytes(unpacking: Self.name, sizeGuess: Self.samples * Self.recordBytes) {
      chunks.popLast() ?? []
    }
    numbers = (0..<Self.samples).filter { ($0 % 5 == 4) == (split == .test) }
    digest = try computeDigest()
  }

  /// The number of samples of the split.
  public var count: Int { numbers.count }

  /// Always 8×8 pixels of one channel.
  public var imageShape: ImageShape { ImageShape(channels: 1, rows: 8, columns: 8) }

  /// Memory for the digits of both splits.
  public var memoryBytes: Int { records.memoryBytes }

  /// The set as a whole.
  public var imageShapeLocation: FileLocation { FileLocation(Self.name) }

  /// Copies the pixels of one image.
  public func copyPixels(
    of sample: Int, into pixels: inout MutableSpan<UInt8>
  ) throws(DatasetError) {
    checkSample(sample)
    checkPixels(pixels)
    records.copy(from: numbers[sample] * Self.recordBytes + 1, into: &pixels)
    for index in pixels.indices {
      pixels[index] = UInt8((Int(pixels[index]) * 255 + 8) / 16)
    }
  }

  /// The digit.
  public func label(of sample: Int) -> Int32 {
    checkSample(sample)
    return Int32(records[numbers[sample] * Self.recordBytes])
  }

  /// The byte of the label in the unpacked records.
  public func labelLocation(of sample: Int) -> FileLocation {
    records.location(numbers[sample] * Self.recordBytes)
  }

  private static let samples = 1797
  private static let recordBytes = 65
}
