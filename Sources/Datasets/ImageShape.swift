/// The size of an image: `channels` planes of `rows` × `columns` pixels.
public struct ImageShape: Sendable, Equatable, Codable, CustomStringConvertible {
  /// Planes: 1 for grey, 3 for red, green and blue.
  public let channels: Int

  /// The height in pixels.
  public let rows: Int

  /// The width in pixels.
  public let columns: Int

  /// A shape whose three sizes are at least 1.
  public init(channels: Int, rows: Int, columns: Int) {
    precondition(
      channels > 0 && rows > 0 && columns > 0, "an image of \(channels)×\(rows)×\(columns)")
    self.channels = channels
    self.rows = rows
    self.columns = columns
  }

  /// Values in one image, and its bytes in a data set.
  public var count: Int { channels * rows * columns }

  /// Rows, columns and channels in words, as people read them in an error.
  public var description: String {
    "\(rows)×\(columns) pixels, \(channels) \(channels == 1 ? "channel" : "channels")"
  }
}
