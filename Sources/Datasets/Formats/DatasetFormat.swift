/// How the files of a data set are laid out: the values of `[data] format`.
public enum DatasetFormat: String, Sendable, Codable, CaseIterable {
  /// Two IDX files, images and labels, plain or gzipped.
  case idx
  /// The binary version of CIFAR-10, any number of files.
  case cifar10
  /// Shards made by `gmlp-train prepare`: all files of a set, or their folder.
  case shards
  /// Shards of text made by `gmlp-train prepare text`: all files of a set, or their folder.
  case text
  /// The digits that ship inside the program; no files.
  case digits
}

/// Opens a data set of images.
///
/// - Parameters:
///   - format: how the files are laid out; not text.
///   - files: the paths, in the order that the format asks for; none for the digits.
///   - split: which part of the digits; the other formats have a file for each.
///   - verifying: whether the SHA-256 of shards is checked, which reads all of them.
/// - Returns: the source.
/// - Throws: ``DatasetError`` that names the bad file and the byte in it.
public func openImages(
  format: DatasetFormat, files: [String], split: DatasetSplit, verifying: Bool = true
) throws(DatasetError) -> any ImageSource {
  switch format {
  case .text: preconditionFailure("text where images are wanted")
  case .digits:
    return try DigitsSource(split: split)
  case .idx:
    guard files.count == 2 else {
      throw DatasetError(
        .invalid, FileLocation("[data] \(split.rawValue)"),
        "idx takes two files, images and labels, not \(files.count)")
    }
    return try IDXSource(images: files[0], labels: files[1])
  case .cifar10:
    return try CIFAR10Source(files: nonEmpty(files, format, split))
  case .shards:
    return try ShardSource(
      files: expandFolders(nonEmpty(files, format, split)), verifying: verifying)
  }
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

private func nonEmpty(
  _ files: [String], _ format: DatasetFormat, _ split: DatasetSplit
) throws(DatasetError) -> [String] {
  guard files.isEmpty else { return files }
  throw DatasetError(
    .invalid, FileLocation("[data] \(split.rawValue)"),
    "\(format.rawValue) takes at least one file and there is none")
}

/// Puts the shards of a folder in the folder's place.
func expandFolders(_ paths: [String]) throws(DatasetError) -> [String] {
  var files: [String] = []
  for path in paths {
    guard Folder(path: path).exists else {
      files.append(path)
      continue
    }
    let shards = try shardFiles(in: path)
    guard !shards.isEmpty else {
      throw DatasetError(
        .missing, FileLocation(path), "no .shard file is in the folder; make them by prepare")
    }
    files += shards
  }
  return files
}

/// The shards in a folder by name; what begins with a dot is none.
///
/// - Throws: ``DatasetError`` if the folder cannot be listed.
public func shardFiles(in folder: String) throws(DatasetError) -> [String] {
  try Folder(path: folder).visibleNames().filter { $0.hasSuffix(".shard") }.map {
    "\(folder)/\($0)"
  }
}
