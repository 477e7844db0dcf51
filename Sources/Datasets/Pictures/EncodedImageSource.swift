import Digests

/// A labelled set of pictures as they are stored: files of JPEG, PNG or WebP of any size.
///
/// All sources of the same bytes, labels and class names are equal and have one digest, whether they
/// are folders, archives or shards. Nothing is decoded to be identified.
public protocol EncodedImageSource: Sendable {
  /// Pictures, numbered from 0; at least 1.
  var count: Int { get }

  /// The names of the classes in the order of their labels; nil if the data have numbers alone.
  var classNames: [String]? { get }

  /// The number of names, or the largest label plus 1.
  var classCount: Int { get }

  /// The SHA-256 of all bytes, labels and names in hexadecimal, as ``EncodedDigest`` defines it.
  var digest: String { get }

  /// Memory that the source takes for its content; what is read from files takes none.
  var memoryBytes: Int { get }

  /// Lines about what was left out: hidden files, links inside an archive and the like.
  var remarks: [String] { get }

  /// What changes with the content of one file, and is known without reading it: its size and the
  /// time of the change, for example.
  ///
  /// - Throws: ``DatasetError`` if the file cannot be examined.
  func revision(of sample: Int) throws(DatasetError) -> String

  /// The content of one file, in any format.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read.
  func bytes(of sample: Int) throws(DatasetError) -> [UInt8]

  /// The class of one picture, from 0.
  func label(of sample: Int) -> Int32

  /// What the file of one picture is called, for an error to name.
  func location(of sample: Int) -> FileLocation
}

extension EncodedImageSource {
  /// Nothing: pictures are read from files.
  public var memoryBytes: Int { 0 }

  /// Nothing was left out.
  public var remarks: [String] { [] }

  /// The digest of the content, where nothing cheaper is known.
  public func revision(of sample: Int) throws(DatasetError) -> String {
    let bytes = try bytes(of: sample)
    var digest = SHA256()
    digest.update(bytes.span)
    return digest.hexadecimal
  }

  /// Reads all files, checks that each begins as a picture, and computes what `digest` is to be.
  ///
  /// - Throws: ``DatasetError`` that names the first file that is not a picture or cannot be read.
  public func computedDigest() throws(DatasetError) -> String {
    var digest = EncodedDigest(classNames: classNames)
    for sample in 0..<count {
      let bytes = try bytes(of: sample)
      _ = try ImageDecoder.format(of: bytes, at: location(of: sample))
      digest.update(bytes: bytes, label: label(of: sample))
    }
    return hexadecimal(digest.finalize())
  }
}

/// The digest of a set of encoded pictures.
///
/// It is the SHA-256 of `gmlp-train pictures 1`; the number of class names, 0 where there are none, and
/// of each name its length and UTF-8 bytes; then of each picture its label, its length and the SHA-256
/// of its bytes; then the number of pictures. Numbers are 64-bit little-endian, a label is a 32-bit one.
public struct EncodedDigest: ~Copyable, Sendable {
  private var hasher = SHA256()
  private var count = 0

  /// The digest of no picture yet.
  public init(classNames: [String]?) {
    hasher.update(Array("gmlp-train pictures 1".utf8).span)
    hasher.update(littleEndianBytes(UInt64(classNames?.count ?? 0)).span)
    for name in classNames ?? [] {
      hasher.update(littleEndianBytes(UInt64(name.utf8.count)).span)
      hasher.update(Array(name.utf8).span)
    }
  }

  /// Adds the next picture.
  public mutating func update(bytes: [UInt8], label: Int32) {
    var picture = SHA256()
    picture.update(bytes.span)
    hasher.update(littleEndianBytes(UInt32(bitPattern: label)).span)
    hasher.update(littleEndianBytes(UInt64(bytes.count)).span)
    hasher.update(picture.bytes.span)
    count += 1
  }

  /// The 32 bytes for all pictures; nothing may follow.
  public mutating func finalize() -> [UInt8] {
    hasher.update(littleEndianBytes(UInt64(count)).span)
    return hasher.bytes
  }
}
