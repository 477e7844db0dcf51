/// How an image is cut into patches: tokens row-major over the grid, no overlap.
public struct PatchGrid: Sendable, Equatable {
  /// Channels of the image.
  public let channels: Int

  /// Rows and columns of the grid of patches.
  public let rows: Int, columns: Int

  /// Rows and columns of pixels in one patch.
  public let patchRows: Int, patchColumns: Int

  /// A grid of `rows` × `columns` patches of `patchRows` × `patchColumns` pixels.
  public init(channels: Int, rows: Int, columns: Int, patchRows: Int, patchColumns: Int) {
    precondition(
      channels > 0 && rows > 0 && columns > 0 && patchRows > 0 && patchColumns > 0,
      "an empty grid of patches")
    self.channels = channels
    self.rows = rows
    self.columns = columns
    self.patchRows = patchRows
    self.patchColumns = patchColumns
  }

  /// The number of patches, N.
  public var tokens: Int { rows * columns }

  /// The numbers in one patch, P: channels, then rows, then columns, as in a convolution kernel.
  public var patchSize: Int { channels * patchRows * patchColumns }

  /// The numbers in one image: channels × height × width.
  public var imageSize: Int { tokens * patchSize }

  /// Copies an image into one row a patch.
  ///
  /// - Parameters:
  ///   - images: (B, channels, height, width).
  ///   - index: which of the B images.
  ///   - patches: (N, P).
  /// - Precondition: the image is in `images`, and the shape agrees. Traps otherwise.
  public func gather(_ images: Span<Float>, image index: Int, into patches: Matrix<Float>) {
    patches.requireShape(tokens, patchSize, "patches")
    let first = index * imageSize
    precondition(
      index >= 0 && first + imageSize <= images.count,
      "image \(index) of \(images.count / imageSize)")
    let (height, width) = (rows * patchRows, columns * patchColumns)
    for token in 0..<tokens {
      let patch = patches.row(token)
      let (top, left) = (token / columns * patchRows, token % columns * patchColumns)
      var element = 0
      for channel in 0..<channels {
        for row in 0..<patchRows {
          let start = first + (channel * height + top + row) * width + left
          for column in 0..<patchColumns {
            patch[element] = images[start + column]
            element += 1
          }
        }
      }
    }
  }
}
