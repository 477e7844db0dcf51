extension RasterImage {
  /// The picture upright, where it was stored turned or mirrored.
  ///
  /// - Parameter orientation: where the upright picture's first row and column lie, as a camera notes it:
  ///   1 is upright already, 2 mirrored, 3 upside down, 4 both; 5 to 8 are the same with rows and
  ///   columns exchanged.
  /// - Returns: the picture; from 5 on its height and width are exchanged.
  /// - Note: Source: CIPA DC-008 (Exif 2.3), 4.6.4, tag 274; the same as Pillow's `ImageOps.exif_transpose`.
  public func upright(from orientation: Int) -> RasterImage {
    precondition((1...8).contains(orientation), "an orientation of \(orientation)")
    if orientation == 1 { return self }
    let isTransposed = orientation >= 5
    let beginsBelow = [3, 4, 6, 7].contains(orientation)
    let beginsRight = [2, 3, 7, 8].contains(orientation)
    let rowStep = beginsBelow ? -columns : columns
    let columnStep = beginsRight ? -1 : 1
    let first = (beginsBelow ? (rows - 1) * columns : 0) + (beginsRight ? columns - 1 : 0)
    let (down, along) = isTransposed ? (columnStep, rowStep) : (rowStep, columnStep)
    let (height, width) = isTransposed ? (columns, rows) : (rows, columns)
    var turned = [UInt8](repeating: 0, count: bytes.count)
    var target = 0
    for row in 0..<height {
      for column in 0..<width {
        let source = channels * (first + row * down + column * along)
        for channel in 0..<channels { turned[target + channel] = bytes[source + channel] }
        target += channels
      }
    }
    return RasterImage(rows: height, columns: width, channels: channels, bytes: turned)
  }
}
