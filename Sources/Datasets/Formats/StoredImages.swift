/// Images in a file, each accessible by its number.
protocol StoredImages: Sendable {
  /// The number of images.
  var count: Int { get }

  /// The size of each image.
  var imageShape: ImageShape { get }

  /// Where the size of the images is written down, for an error to name.
  var imageShapeLocation: FileLocation { get }

  /// Copies the pixels of one image; `pixels` is (channels, rows, columns).
  func copyPixels(of image: Int, into pixels: inout MutableSpan<UInt8>) throws(DatasetError)
}

extension IDXImages: StoredImages {}

extension CIFARSource: StoredImages {}

/// The images of one shard, even if others of its set are gone.
struct ShardImages: StoredImages {
  private let file: MappedBytes
  private let header: ShardHeader

  /// The images of `file`, which is compared with its SHA-256 as a whole.
  init(_ file: MappedBytes) throws(DatasetError) {
    self.file = file
    header = try ShardHeader(file)
    try ShardDigest.verify(file, digestAt: ShardHeader.shardDigestOffset)
  }

  var count: Int { header.sampleCount }

  var imageShape: ImageShape { header.imageShape }

  var imageShapeLocation: FileLocation { file.location(12) }

  func copyPixels(of image: Int, into pixels: inout MutableSpan<UInt8>) throws(DatasetError) {
    precondition(0 <= image && image < count, "image \(image) of \(count)")
    precondition(
      pixels.count == imageShape.count, "\(pixels.count) bytes for \(imageShape.count) pixels")
    file.copy(from: ShardHeader.byteCount + image * imageShape.count, into: &pixels)
  }
}

/// The pictures of one shard, fitted to what a model takes.
struct FittedShard: StoredImages {
  let shard: PictureShard
  let fit: ImageFit

  var count: Int { shard.header.sampleCount }

  var imageShape: ImageShape { fit.imageShape }

  var imageShapeLocation: FileLocation { shard.file.location(0) }

  func copyPixels(of image: Int, into pixels: inout MutableSpan<UInt8>) throws(DatasetError) {
    try fit.decode(
      shard.bytes(of: image), at: shard.file.location(shard.range(of: image).lowerBound),
      into: &pixels)
  }
}

/// A picture that is read, decoded and fitted to what a model takes each time that it is asked for.
struct LonePicture: StoredImages {
  /// Where the encoded bytes are.
  enum Place: Sendable {
    case file(String)
    case member(TarArchive, TarArchive.Member)
    case memory(MappedBytes)
  }

  let place: Place
  let fit: ImageFit

  var count: Int { 1 }

  var imageShape: ImageShape { fit.imageShape }

  var imageShapeLocation: FileLocation {
    switch place {
    case .file(let path): FileLocation(path)
    case .member(let archive, let member): archive.location(of: member)
    case .memory(let content): FileLocation(content.file)
    }
  }

  func copyPixels(of image: Int, into pixels: inout MutableSpan<UInt8>) throws(DatasetError) {
    precondition(image == 0, "image \(image) of a picture")
    try fit.decode(bytes(), at: imageShapeLocation, into: &pixels)
  }

  private func bytes() throws(DatasetError) -> [UInt8] {
    let limit = PictureFacts.maximumBytes
    switch place {
    case .file(let path): return try OpenFile(reading: path).contents(atMost: limit)
    case .member(let archive, let member): return try archive.bytes(of: member)
    case .memory(let content):
      guard content.count <= limit else {
        throw .tooLarge(imageShapeLocation, bytes: content.count, limit: limit)
      }
      return content.bytes(from: 0, count: content.count)
    }
  }
}
