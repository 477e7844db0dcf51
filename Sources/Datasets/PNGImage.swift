import CSPNG

/// A picture from a PNG file, brought to 8 bits and to the channels that a model takes.
public struct PNGImage: Sendable, Equatable {
  /// The size, as asked for.
  public let imageShape: ImageShape

  /// (channels, rows, columns) bytes.
  public let pixels: [UInt8]

  /// Reads the PNG at `path`: grey, colour or palette, any bit depth.
  ///
  /// Transparency is dropped. For one channel, colours become the luma of ITU-R BT.601, rounded;
  /// for three, grey is repeated. The picture is not scaled.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - imageShape: what the model takes; 1 or 3 channels.
  /// - Throws: ``DatasetError`` if the file is missing, damaged or of another size.
  public init(contentsOf path: String, imageShape: ImageShape) throws(DatasetError) {
    guard imageShape.channels == 1 || imageShape.channels == 3 else {
      throw DatasetError(
        .invalid, FileLocation(path),
        "a PNG gives 1 or 3 channels but the model takes \(imageShape.channels); use IDX or shards")
    }
    let file = try OpenFile(reading: path)
    let bytes = try file.read(at: 0, limit: file.size())
    let colours = try PNGDecoder(path, bytes).decode(
      rows: imageShape.rows, columns: imageShape.columns)
    self.imageShape = imageShape
    let places = imageShape.rows * imageShape.columns
    if imageShape.channels == 3 {
      pixels = (0..<3).flatMap { channel in (0..<places).map { colours[3 * $0 + channel] } }
    } else {
      pixels = (0..<places).map { place in
        let (red, green, blue) = (
          Int(colours[3 * place]), Int(colours[3 * place + 1]), Int(colours[3 * place + 2])
        )
        return UInt8((299 * red + 587 * green + 114 * blue + 500) / 1000)
      }
    }
  }
}
