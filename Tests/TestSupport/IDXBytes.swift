/// Files of images and labels in the format of MNIST, as bytes.
public enum IDXBytes {
  /// A file of images.
  ///
  /// - Parameters:
  ///   - count: how many the header promises.
  ///   - rows: of each.
  ///   - columns: of each.
  ///   - pixels: those of all images, row by row.
  /// - Returns: the content of the file.
  public static func images(
    _ count: Int, rows: Int, columns: Int, pixels: [UInt8]
  ) -> [UInt8] {
    [2_051, count, rows, columns].flatMap(bigEndian) + pixels
  }

  /// A file of labels.
  public static func labels(_ labels: [UInt8]) -> [UInt8] {
    [2_049, labels.count].flatMap(bigEndian) + labels
  }

  /// The four bytes of `value`, the highest first.
  public static func bigEndian(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}
