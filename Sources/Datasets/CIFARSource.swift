/// The binary versions of CIFAR-10 and CIFAR-100: records of labels and the red, green and blue planes
/// of 32×32.
///
/// - Note: Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009,
///   and the formats' description beside the data.
public struct CIFARSource: ImageSource {
  /// Which of the two it is.
  public enum Version: Int, Sendable {
    /// A byte for the class before the pixels.
    case cifar10 = 10
    /// A byte for one of 20 groups, which is not used, and one for the class.
    case cifar100 = 100

    /// The largest values of the bytes before the pixels, plus 1; the last is the class.
    fileprivate var limits: [Int] {
      switch self {
      case .cifar10: [10]
      case .cifar100: [20, 100]
      }
    }

    fileprivate var name: String { "CIFAR-\(rawValue)" }
    fileprivate var recordBytes: Int { limits.count + 3 * 32 * 32 }
  }

  private let version: Version
  private let files: [MappedBytes]
  private let parts: ConcatenatedParts

  /// The largest label plus 1; at most 10 or 100.
  public let classCount: Int

  /// The SHA-256 of the decoded content.
  public private(set) var digest = ""

  /// Opens the files, whose samples are numbered one file after the other.
  ///
  /// - Throws: ``DatasetError`` if a file is missing, empty, no whole number of records, or holds a
  ///   label that the version does not have.
  public init(files paths: [String], version: Version = .cifar10) throws(DatasetError) {
    precondition(!paths.isEmpty, "a data set of no files")
    var files: [MappedBytes] = []
    var largest: UInt8 = 0
    for path in paths {
      let file = try MappedBytes(contentsOf: path)
      largest = max(largest, try Self.checkedLargestLabel(file, version))
      files.append(file)
    }
    self.version = version
    self.files = files
    parts = ConcatenatedParts(counts: files.map { $0.count / version.recordBytes })
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
    files[part].copy(
      from: index * version.recordBytes + version.limits.count, into: &pixels)
  }

  /// Lends the pixels of one image in the mapped file.
  public func withPixels(
    of sample: Int, copiedInto room: inout [UInt8], _ body: (Span<UInt8>, PixelOrder) -> Void
  ) {
    let (part, index) = parts.find(sample)
    files[part].withBytes(
      from: index * version.recordBytes + version.limits.count, count: imageShape.count
    ) { body($0, .planar) }
  }

  /// The class of one image, 0 to 9 or 99.
  public func label(of sample: Int) -> Int32 {
    let (part, index) = parts.find(sample)
    return Int32(files[part][labelOffset(of: index)])
  }

  /// The byte of the label.
  public func labelLocation(of sample: Int) -> FileLocation {
    let (part, index) = parts.find(sample)
    return files[part].location(labelOffset(of: index))
  }

  private func labelOffset(of record: Int) -> Int {
    record * version.recordBytes + version.limits.count - 1
  }

  /// The version whose records the content of `file` can only be: whole ones with labels of its classes.
  static func likelyVersion(of file: MappedBytes) -> Version? {
    [.cifar10, .cifar100].first { (version: Version) in
      file.count > 0 && file.count % version.recordBytes == 0
        && stride(from: 0, to: file.count, by: version.recordBytes).allSatisfy { record in
          version.limits.enumerated().allSatisfy { Int(file[record + $0.offset]) < $0.element }
        }
    }
  }

  private static func checkedLargestLabel(
    _ file: MappedBytes, _ version: Version
  ) throws(DatasetError) -> UInt8 {
    guard file.count > 0 else {
      throw DatasetError(.invalid, file.location(0), "the set is empty; name a file with records")
    }
    func unlike(_ otherwise: DatasetError) -> DatasetError {
      file.unlike(
        "a \(version.name) binary file", advice: "name the .bin files of its binary version",
        otherwise: otherwise)
    }
    let excess = file.count % version.recordBytes
    guard excess == 0 else {
      throw unlike(
        DatasetError(
          .invalid, file.location(file.count - excess),
          "the last record has \(excess) of \(version.recordBytes) bytes; "
            + "name a \(version.name) binary file, or copy it again"))
    }
    var largest: UInt8 = 0
    for record in stride(from: 0, to: file.count, by: version.recordBytes) {
      for (offset, limit) in version.limits.enumerated() {
        let label = file[record + offset]
        guard label < limit else {
          let other = DatasetError(
            .invalid, file.location(record + offset),
            "label \(label) is not one of 0 to \(limit - 1); name a \(version.name) binary file")
          throw record > 0 ? other : unlike(other)
        }
      }
      largest = max(largest, file[record + version.limits.count - 1])
    }
    return largest
  }
}
