/// A picture in memory: bytes from 0 (dark) to 255, (rows, columns, channels) row-major.
///
/// The channels of a pixel lie beside each other, as decoders write them and resampling reads them.
public struct RasterImage: Sendable, Equatable {
  /// The height in pixels.
  public let rows: Int

  /// The width in pixels.
  public let columns: Int

  /// 1 for grey; 3 for red, green and blue.
  public let channels: Int

  /// (rows, columns, channels) bytes.
  public var bytes: [UInt8]

  /// A picture of the given bytes.
  ///
  /// - Parameters:
  ///   - rows: the height, at least 1.
  ///   - columns: the width, at least 1.
  ///   - channels: 1 or 3.
  ///   - bytes: (rows, columns, channels).
  public init(rows: Int, columns: Int, channels: Int, bytes: [UInt8]) {
    precondition(rows > 0 && columns > 0, "a picture of \(rows)×\(columns) pixels")
    precondition(channels == 1 || channels == 3, "a picture of \(channels) channels")
    precondition(
      bytes.count == rows * columns * channels,
      "\(bytes.count) bytes for \(rows)×\(columns) pixels of \(channels) channels")
    self.rows = rows
    self.columns = columns
    self.channels = channels
    self.bytes = bytes
  }
}
