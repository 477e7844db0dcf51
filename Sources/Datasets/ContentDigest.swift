import Digests

/// The digest of a data set's decoded content, equal for all formats that hold the same samples.
///
/// It is the SHA-256 of `gmlp-train data 1`, channels, rows and columns, then label and pixels of
/// each sample in order, then the number of samples. Numbers are 64-bit little-endian, a label is a
/// 32-bit one, a pixel is a byte. The number comes last so that a stream can be digested.
public struct ContentDigest: ~Copyable, Sendable {
  private var hasher = SHA256()
  private var count = 0
  private let imageShape: ImageShape

  /// The digest of no sample yet.
  public init(imageShape: ImageShape) {
    self.imageShape = imageShape
    hasher.update(Array("gmlp-train data 1".utf8).span)
    for size in [imageShape.channels, imageShape.rows, imageShape.columns] {
      hasher.update(littleEndianBytes(UInt64(size)).span)
    }
  }

  /// Adds the next sample; `pixels` (channels, rows, columns) are its bytes.
  public mutating func update(pixels: [UInt8], label: Int32) {
    precondition(
      pixels.count == imageShape.count, "\(pixels.count) bytes for \(imageShape.count) pixels")
    hasher.update(littleEndianBytes(UInt32(bitPattern: label)).span)
    hasher.update(pixels.span)
    count += 1
  }

  /// The 32 bytes for all samples; nothing may follow.
  public mutating func finalize() -> [UInt8] {
    hasher.update(littleEndianBytes(UInt64(count)).span)
    return hasher.bytes
  }
}

extension ImageSource {
  /// Reads all samples and computes what `digest` is to be, in hexadecimal.
  ///
  /// - Throws: what ``copyPixels(of:into:)`` throws.
  public func computeDigest() throws(DatasetError) -> String {
    var content = ContentDigest(imageShape: imageShape)
    var pixels = [UInt8](repeating: 0, count: imageShape.count)
    for sample in 0..<count {
      var span = pixels.mutableSpan
      try copyPixels(of: sample, into: &span)
      content.update(pixels: pixels, label: label(of: sample))
    }
    return hexadecimal(content.finalize())
  }
}

/// The bytes of `value`, the lowest first.
func littleEndianBytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  (0..<(Value.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> Value($0 * 8)) }
}
