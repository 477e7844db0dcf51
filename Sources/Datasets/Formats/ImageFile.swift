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
///
/// A picture is read and decoded when its pixels are asked for, so that many may be open and several threads may decode.
public struct ImageFile: Sendable {
  /// One image of a file.
  public struct Image: Sendable {
    /// The file.
    public let file: ImageFile
    /// The number of the image in the file; 0 for a picture.
    public let number: Int

    /// The image `number` of `file`.
    public init(_ number: Int, of file: ImageFile) {
      precondition(
        0 <= number && number < file.images.count, "image \(number) of \(file.images.count)")
      self.file = file
      self.number = number
    }
  }

  /// The name of the input.
  public let name: String

  private let images: any StoredImages
  private let isPicture: Bool

  /// Opens `input` in the format of its content: JPEG, PNG, WebP, IDX, a shard, CIFAR-10 or CIFAR-100.
  ///
  /// - Parameters:
  ///   - input: the file; what is not a picture may be gzipped.
  ///   - fit: how pictures become what the model takes; images that are stored as pixels are not scaled.
  /// - Throws: ``DatasetError`` if the file is missing, of another format or of another size, or if it holds many
  ///   images and is damaged.
  public init(_ input: ImageInput, fit: ImageFit) throws(DatasetError) {
    name = input.name
    switch input.content {
    case .member(let archive, let member):
      images = LonePicture(place: .member(archive, member), fit: fit)
      isPicture = true
    case .file(let path) where try Self.beginsAsPicture(path):
      images = LonePicture(place: .file(path), fit: fit)
      isPicture = true
    case .file(let path):
      let file = try MappedBytes(contentsOf: path)
      let front = file.bytes(from: 0, count: min(file.count, PictureFormat.prefixBytes))
      if PictureFormat(of: front) != nil {
        images = LonePicture(place: .memory(file), fit: fit)
        isPicture = true
      } else {
        images = try Self.images(file, fit)
        isPicture = false
      }
      guard images.imageShape == fit.imageShape else {
        throw DatasetError(
          .invalid, images.imageShapeLocation,
          "images are \(images.imageShape) but the model takes \(fit.imageShape); scale them first")
      }
    }
  }

  private static func beginsAsPicture(_ path: String) throws(DatasetError) -> Bool {
    let front = try OpenFile(reading: path).read(at: 0, limit: PictureFormat.prefixBytes)
    return PictureFormat(of: front) != nil
  }

  private static func images(
    _ file: MappedBytes, _ fit: ImageFit
  ) throws(DatasetError) -> any StoredImages {
    if file.begins(with: ShardHeader.magic) { return try ShardImages(file) }
    if file.begins(with: PictureShardHeader.magic) {
      // What no picture can be decoded to is said once.
      _ = try fit.decoder(for: file.location(0))
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
  public var imageCount: Int? { isPicture ? nil : images.count }

  /// Copies the pixels of one image; any thread may ask.
  ///
  /// - Parameters:
  ///   - image: its number in the file; 0 for a picture.
  ///   - pixels: (channels, rows, columns) receives bytes from 0 (dark) to 255.
  /// - Throws: ``DatasetError`` if the image cannot be read or decoded.
  public func copyPixels(
    of image: Int, into pixels: inout MutableSpan<UInt8>
  ) throws(DatasetError) {
    try images.copyPixels(of: image, into: &pixels)
  }
}
