/// How the files of a data set are laid out: the values of `[data] format`.
public enum DatasetFormat: String, Sendable, Codable, CaseIterable {
  /// Two IDX files, images and labels, plain or gzipped.
  case idx
  /// The binary version of CIFAR-10, any number of files.
  case cifar10
  /// The binary version of CIFAR-100, any number of files.
  case cifar100
  /// A folder that holds a folder of pictures for each class.
  case folder
  /// Tar archives of pictures: class folders, archives in an archive, or WebDataset.
  case tar
  /// Shards of pixels or of pictures made by `gmlp-train prepare`: all files of a set, or their folder.
  case shards
  /// Shards of text made by `gmlp-train prepare`: all files of a set, or their folder.
  case text
  /// The digits that ship inside the program; no files.
  case digits

  /// Those of images; text has a way of its own to be prepared and opened.
  public static var ofImages: [DatasetFormat] { allCases.filter { $0 != .text } }
}

/// A set of images as it is stored.
public enum ImageSet: Sendable {
  /// Images of one size, as pixels.
  case pixels(any ImageSource)
  /// Pictures of any size, as files of JPEG, PNG or WebP.
  case pictures(any EncodedImageSource)

  /// The images as a model takes them: pixels as they are, pictures by way of `fit`.
  ///
  /// - Throws: ``DatasetError`` if the model takes channels that pictures do not have.
  public func fitted(by fit: ImageFit) throws(DatasetError) -> any ImageSource {
    switch self {
    case .pixels(let source): return source
    case .pictures(let source):
      _ = try fit.decoder(for: source.location(of: 0))
      return FittedImages(source, fit: fit)
    }
  }
}

/// Opens a data set of images.
///
/// - Parameters:
///   - format: how the files are laid out; not text.
///   - files: the paths, in the order that the format asks for; none for the digits.
///   - labels: a file with the classes of pictures that lie in no class folder, or nil.
///   - split: which part of the digits; the other formats have a file for each.
///   - verifying: whether the SHA-256 of shards is checked, which reads all of them.
///   - identifying: whether a folder or archive of pictures is read for its digest, which is empty else.
/// - Returns: the set.
/// - Throws: ``DatasetError`` that names the bad file and the byte in it.
public func openImages(
  format: DatasetFormat, files: [String], labels: String? = nil, split: DatasetSplit,
  verifying: Bool = true, identifying: Bool = true
) throws(DatasetError) -> ImageSet {
  func needed() throws(DatasetError) -> [String] { try nonEmpty(files, format, split) }
  switch format {
  case .text: preconditionFailure("text where images are wanted")
  case .digits:
    return .pixels(try DigitsSource(split: split))
  case .idx:
    guard files.count == 2 else {
      throw DatasetError(
        .invalid, FileLocation("[data] \(split.rawValue)"),
        "idx takes two files, images and labels, not \(files.count)")
    }
    return .pixels(try IDXSource(images: files[0], labels: files[1]))
  case .cifar10, .cifar100:
    return .pixels(
      try CIFARSource(files: needed(), version: format == .cifar10 ? .cifar10 : .cifar100))
  case .shards:
    return try openShards(expandFolders(needed()), verifying: verifying)
  case .folder:
    guard files.count == 1 else {
      throw DatasetError(
        .invalid, FileLocation("[data] \(split.rawValue)"),
        "folder takes one folder, which holds the class folders, not \(files.count)")
    }
    return .pictures(try FolderPictures(files[0], labels: labels, identifying: identifying))
  case .tar:
    return .pictures(try TarPictures(needed(), labels: labels, identifying: identifying))
  }
}

/// Opens shards of pixels or of pictures; the first shard says which.
private func openShards(
  _ files: [String], verifying: Bool
) throws(DatasetError) -> ImageSet {
  if try PictureShardHeader.begins(files[0]) {
    return .pictures(try ShardPictures(files: files, verifying: verifying))
  }
  return .pixels(try ShardSource(files: files, verifying: verifying))
}

/// Opens a data set of text.
///
/// - Parameters:
///   - files: its shards or their folder.
///   - split: which key of the configuration they come from.
///   - verifying: whether the SHA-256 of shards is checked, which reads all of them.
/// - Returns: the source.
/// - Throws: ``DatasetError`` that names the bad file and the byte in it.
public func openText(
  files: [String], split: DatasetSplit, verifying: Bool = true
) throws(DatasetError) -> TextSource {
  try TextSource(files: nonEmpty(files, .text, split), verifying: verifying)
}

/// Opens a data set of texts with labels, made by `prepare classification` or `prepare spans`.
///
/// - Parameters:
///   - files: its shards or their folder.
///   - split: which key of the configuration they come from.
///   - verifying: whether the SHA-256 of shards is checked, which reads all of them.
/// - Returns: the source.
/// - Throws: ``DatasetError`` that names the bad file and the byte in it.
public func openLabelledText(
  files: [String], split: DatasetSplit, verifying: Bool = true
) throws(DatasetError) -> LabelledTextSource {
  try LabelledTextSource(files: nonEmpty(files, .text, split), verifying: verifying)
}

private func nonEmpty(
  _ files: [String], _ format: DatasetFormat, _ split: DatasetSplit
) throws(DatasetError) -> [String] {
  guard files.isEmpty else { return files }
  throw DatasetError(
    .invalid, FileLocation("[data] \(split.rawValue)"),
    "\(format.rawValue) takes at least one file and there is none")
}
