import Files

/// One thing to predict: a file, or a picture in an archive.
public struct ImageInput: Sendable {
  enum Content: Sendable {
    case file(String)
    case member(TarArchive, TarArchive.Member)
  }

  /// What it is called: the path, or as in `train.tar:cat/1.jpg`.
  public let name: String

  let content: Content

  /// The file at `path`.
  public init(file path: String) {
    name = path
    content = .file(path)
  }

  private init(_ archive: TarArchive, _ member: TarArchive.Member) {
    name = archive.location(of: member).file
    content = .member(archive, member)
  }

  /// What a path means: a folder its shards, or for all pictures below it; an archive, or a folder
  /// in one as in `set.tar/test`, for its pictures; any other file for itself.
  ///
  /// - Throws: ``DatasetError`` if there is nothing, or an archive is damaged.
  public static func all(at path: String) throws(DatasetError) -> [ImageInput] {
    guard !path.isEmpty else {
      throw DatasetError(.invalid, FileLocation("''"), "names no file; leave it out")
    }
    if Folder(path: path).exists {
      let shards = try shardFiles(in: path)
      if !shards.isEmpty { return shards.map(ImageInput.init) }
      let files = try PictureFolder(path).files.map { ImageInput(file: "\(path)/\($0)") }
      guard !files.isEmpty else {
        throw DatasetError(
          .missing, FileLocation(path), "no .shard file and no picture is in the folder")
      }
      return files
    }
    let (file, folder) = try TarPath.split(path)
    guard try TarArchive.begins(file) else { return [ImageInput(file: path)] }
    let archive = try TarArchive(file)
    let isWebDataset = archive.members.contains { $0.name.lowercased().hasSuffix(".cls") }
    let members = archive.members.filter { member in
      (folder.isEmpty || member.name.hasPrefix(folder + "/"))
        && (!isWebDataset || PictureFormat.allCases.contains { $0.isUsual(for: member.name) })
    }
    guard !members.isEmpty else {
      throw DatasetError(.invalid, FileLocation(path), "no picture is in the archive")
    }
    return members.map { ImageInput(archive, $0) }
  }
}

/// The images of one file, labels not asked for: a picture, or many in a format of data sets.
public struct ImageFile: Sendable {
  private enum Content {
    case picture([UInt8])
    case images(any StoredImages)
  }

  /// The name of the input.
  public let name: String

  private let content: Content

  /// Opens `input` in the format of its content: JPEG, PNG, WebP, IDX, a shard, CIFAR-10 or CIFAR-100.
  ///
  /// - Parameters:
  ///   - input: the file; what is not a picture may be gzipped.
  ///   - fit: how pictures become what the model takes; images that are stored as pixels are not scaled.
  /// - Throws: ``DatasetError`` if the file is missing, damaged, of another format or of another
  ///   size.
  public init(_ input: ImageInput, fit: ImageFit) throws(DatasetError) {
    name = input.name
    switch input.content {
    case .member(let archive, let member):
      content = .picture(
        try Self.decode(archive.bytes(of: member), FileLocation(input.name), fit))
    case .file(let path):
      let file = try MappedBytes(contentsOf: path)
      let front = file.bytes(from: 0, count: min(file.count, PictureFormat.prefixBytes))
      guard PictureFormat(of: front) == nil else {
        guard file.count <= PictureFacts.maximumBytes else {
          throw .tooLarge(FileLocation(path), bytes: file.count, limit: PictureFacts.maximumBytes)
        }
        content = .picture(
          try Self.decode(file.bytes(from: 0, count: file.count), FileLocation(path), fit))
        return
      }
      let images = try Self.images(file, fit)
      guard images.imageShape == fit.imageShape else {
        throw DatasetError(
          .invalid, images.imageShapeLocation,
          "images are \(images.imageShape) but the model takes \(fit.imageShape); scale them first")
      }
      content = .images(images)
    }
  }

  private static func decode(
    _ bytes: [UInt8], _ location: FileLocation, _ fit: ImageFit
  ) throws(DatasetError) -> [UInt8] {
    var pixels = [UInt8](repeating: 0, count: fit.imageShape.count)
    var span = pixels.mutableSpan
    try fit.decode(bytes, at: location, into: &span)
    return pixels
  }

  private static func images(
    _ file: MappedBytes, _ fit: ImageFit
  ) throws(DatasetError) -> any StoredImages {
    if file.begins(with: ShardHeader.magic) { return try ShardImages(file) }
    if file.begins(with: PictureShardHeader.magic) {
      return FittedShard(shard: try PictureShard(file, verifying: true), fit: fit)
    }
    if file.begins(with: [0, 0, 8, 3]) { return try IDXImages(file) }
    // These files have no signature.
    if let version = CIFARSource.likelyVersion(of: file) {
      return try CIFARSource(files: [file.file], version: version)
    }
    let known = "a picture (JPEG, PNG, WebP) nor an IDX file of images, a shard or a CIFAR file"
    let advice = "convert it to PNG"
    guard let kind = file.kind else {
      throw DatasetError(.invalid, file.location(0), "is neither \(known); \(advice)")
    }
    throw DatasetError(
      .invalid, file.location(0), "this is \(kind), neither \(known); \(kind.advice ?? advice)")
  }

  /// The number of images, or nil for a picture, which has no number in its file.
  public var imageCount: Int? {
    switch content {
    case .picture: nil
    case .images(let images): images.count
    }
  }

  /// Copies the pixels of one image.
  ///
  /// - Parameters:
  ///   - image: its number in the file; 0 for a picture.
  ///   - pixels: (channels, rows, columns) receives bytes from 0 (dark) to 255.
  /// - Throws: ``DatasetError`` if the image cannot be read.
  public func copyPixels(
    of image: Int, into pixels: inout MutableSpan<UInt8>
  ) throws(DatasetError) {
    switch content {
    case .images(let images): try images.copyPixels(of: image, into: &pixels)
    case .picture(let picture):
      precondition(image == 0, "image \(image) of a picture")
      precondition(pixels.count == picture.count, "\(pixels.count) bytes for \(picture.count)")
      for index in pixels.indices { pixels[index] = picture[index] }
    }
  }
}
