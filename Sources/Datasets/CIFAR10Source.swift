/// The binary version of CIFAR-10: records of a label and the red, green and blue planes of 32×32.
///
/// - Note: Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009,
///   and the format's description beside the data.
public struct CIFAR10Source: ImageSource {
  private static let recordBytes = 1 + 3 * 32 * 32
  private static let wanted = "a CIFAR-10 binary file"
  private static let advice = "name the .bin files of its binary version"

  private let files: [MappedBytes]
  private let parts: ConcatenatedParts

  /// The largest label plus 1; at most 10.
  public let classCount: Int

  /// The SHA-256 of the decoded content.
  public private(set) var digest = ""

  /// Opens the files, whose samples are numbered one file after the other.
  ///
  /// - Throws: ``DatasetError`` if a file is missing, empty, no whole number of records, or holds a
  ///   label above 9.
  public init(files paths: [String]) throws(DatasetError) {
    precondition(!paths.isEmpty, "a data set of no files")
    var files: [MappedBytes] = []
    var largest: UInt8 = 0
    for path in paths {
      let file = try MappedBytes(contentsOf: path)
      largest = max(largest, try Self.checkedLargestLabel(file))
      files.append(file)
    }
    self.files = files
    parts = ConcatenatedParts(counts: files.map { $0.count / Self.recordBytes })
    classCount = Int(largest) + 1
    digest = try computeDigest()
  }

  /// The number of samples.
  public var count: Int { parts.count }

  /// Always 32×32 pixels of three channels.
  public var imageShape: ImageShape { ImageShape(channels: 3, rows: 32, columns: 32) }

  /// Memory for files that were gzipped.
  public var memoryBytes: Int { files.reduce(0) { $0 + $1.memoryBytes } }

  /// The first file: the size is a property of the format.
  public var imageShapeLocation: FileLocation { FileLocation(files[0].file) }

  /// Copies the pixels of one image.
  public func copyPixels(
    of sample: Int, into pixels: inout MutableSpan<UInt8>
  ) throws(DatasetError) {
    checkPixels(pixels)
    let (part, index) = parts.find(sample)
    files[part].copy(from: index * Self.recordBytes + 1, into: &pixels)
  }

  /// The class of one image, 0 to 9.
  public func label(of sample: Int) -> Int32 {
    let (part, index) = parts.find(sample)
    return Int32(files[part][index * Self.recordBytes])
  }

  /// The byte of the label.
  public func labelLocation(of sample: Int) -> FileLocation {
    let (part, index) = parts.find(sample)
    return files[part].location(index * Self.recordBytes)
  }

  /// Whether the content of `file` can only be records: whole ones with labels of ten classes.
  static func isLikely(_ file: MappedBytes) -> Bool {
    file.count > 0 && file.count % recordBytes == 0
      && stride(from: 0, to: file.count, by: recordBytes).allSatisfy { file[$0] < 10 }
  }

  private static func checkedLargestLabel(_ file: MappedBytes) throws(DatasetError) -> UInt8 {
    guard file.count > 0 else {
      throw DatasetError(.invalid, file.location(0), "the set is empty; name a file with records")
    }
    let excess = file.count % recordBytes
    guard excess == 0 else {
      let other = DatasetError(
        .invalid, file.location(file.count - excess),
        "the last record has \(excess) of \(recordBytes) bytes; "
          + "name a CIFAR-10 binary file, or copy it again")
      throw file.unlike(wanted, advice: advice, otherwise: other)
    }
    var largest: UInt8 = 0
    for offset in stride(from: 0, to: file.count, by: recordBytes) {
      guard file[offset] < 10 else {
        let other = DatasetError(
          .invalid, file.location(offset),
          "label \(file[offset]) is not one of 0 to 9; name a CIFAR-10 binary file")
        throw offset > 0 ? other : file.unlike(wanted, advice: advice, otherwise: other)
      }
      largest = max(largest, file[offset])
    }
    return largest
  }
}
