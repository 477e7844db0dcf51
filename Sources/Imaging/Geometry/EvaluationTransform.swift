/// How pictures of any size become the model's input where nothing is at random: resized, then cut from the middle.
///
/// - Note: Source: timm's `transforms_imagenet_eval` with the crop mode "center", and torchvision's `center_crop`.
public struct EvaluationTransform: Sendable, Equatable {
  /// The height of the result.
  public let rows: Int

  /// The width of the result.
  public let columns: Int

  /// The share of the resized picture's short side that the result keeps; 0.875 for ImageNet.
  public let cropFraction: Double

  /// How the picture is resized.
  public let interpolation: Interpolation

  /// A transform to `rows` × `columns` pixels.
  public init(rows: Int, columns: Int, cropFraction: Double, interpolation: Interpolation) {
    precondition(rows > 0 && columns > 0, "a result of \(rows)×\(columns) pixels")
    precondition(cropFraction > 0, "a crop fraction of \(cropFraction)")
    self.rows = rows
    self.columns = columns
    self.cropFraction = cropFraction
    self.interpolation = interpolation
  }

  /// The model's input.
  public func callAsFunction(_ image: RasterImage) -> RasterImage {
    let size = resizedSize(rows: image.rows, columns: image.columns)
    let resized =
      size == (image.rows, image.columns)
      ? image
      : image.resampled(rows: size.rows, columns: size.columns, interpolation: interpolation)
    return centerCrop(resized)
  }

  /// The size before the crop.
  ///
  /// A square result takes the short side to its size over the crop fraction, cut to a whole number, and the long
  /// side in proportion, cut as well. Another result takes the least size that covers it, rounded.
  public func resizedSize(
    rows imageRows: Int, columns imageColumns: Int
  ) -> (rows: Int, columns: Int) {
    let targetRows = Int(Double(rows) / cropFraction)
    let targetColumns = Int(Double(columns) / cropFraction)
    if targetRows == targetColumns {
      let short = max(targetRows, 1)
      let (oldShort, oldLong) = (min(imageRows, imageColumns), max(imageRows, imageColumns))
      // A product of two sides is exact in Double, and the quotient is rounded once, as there.
      let long = max(Int(Double(short * oldLong) / Double(oldShort)), short)
      return imageColumns <= imageRows ? (long, short) : (short, long)
    }
    let ratio = min(
      Double(imageRows) / Double(targetRows), Double(imageColumns) / Double(targetColumns))
    return (
      max(Int((Double(imageRows) / ratio).rounded(.toNearestOrEven)), 1),
      max(Int((Double(imageColumns) / ratio).rounded(.toNearestOrEven)), 1)
    )
  }

  /// The middle of a picture; what is missing is black.
  func centerCrop(_ image: RasterImage) -> RasterImage {
    let (missingRows, missingColumns) = (
      max(rows - image.rows, 0), max(columns - image.columns, 0)
    )
    let padded =
      missingRows + missingColumns == 0
      ? image
      : image.padded(
        top: missingRows / 2, left: missingColumns / 2, bottom: (missingRows + 1) / 2,
        right: (missingColumns + 1) / 2)
    func start(_ size: Int, _ part: Int) -> Int {
      Int((Double(size - part) / 2).rounded(.toNearestOrEven))
    }
    return padded.cropped(
      to: PixelRectangle(
        top: start(padded.rows, rows), left: start(padded.columns, columns), rows: rows,
        columns: columns))
  }
}
