package import Imaging

/// Weights as pictures: white is 0, red is positive, blue is negative.
package enum SignedPicture {
  /// A pixel for each weight; one that is not finite is black.
  ///
  /// - Parameters:
  ///   - weights: (rows, columns) row by row, at least one row.
  ///   - columns: the number of columns.
  ///   - scale: the weight that has its colour in full, and with it all larger ones.
  /// - Returns: the picture.
  package static func image(of weights: [Float], columns: Int, scale: Float) -> RasterImage {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(3 * weights.count)
    for weight in weights {
      bytes += weight.isFinite ? colour(of: scale > 0 ? weight / scale : 0) : Canvas.black
    }
    return RasterImage(
      rows: weights.count / columns, columns: columns, channels: 3, bytes: bytes)
  }

  /// The largest absolute value of those that are finite; 0 if there is none.
  package static func largest(_ weights: [Float]) -> Float {
    weights.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
  }

  /// White for 0, to red for 1 and to blue for -1.
  private static func colour(of share: Float) -> [UInt8] {
    let end: [Float] = share < 0 ? [0, 90, 178] : [200, 60, 0]
    return end.map { UInt8((255 + min(abs(share), 1) * ($0 - 255)).rounded()) }
  }
}
