import Files

/// Pictures in a folder of class folders: `ROOT/cat/1.jpg`, as torchvision reads it.
///
/// A class is a folder directly in `ROOT`; its pictures may lie in folders below it. Classes are numbered
/// by the code points of their names, and the pictures of a class come in the same order. With a
/// list of labels the pictures may lie anywhere.
public struct FolderPictures: EncodedImageSource {
  private let root: String
  private let files: [String]
  private let labels: [Int32]

  /// The names of the class folders.
  public let classNames: [String]?

  /// The number of class folders.
  public let classCount: Int

  /// The digest of all files.
  public private(set) var digest = ""

  /// What was left out.
  public let remarks: [String]

  /// Lists the pictures.
  ///
  /// - Parameters:
  ///   - root: the folder that holds the class folders.
  ///   - labels: a file with the classes of pictures that lie in no class folder, or nil.
  ///   - identifying: whether all files are read for the digest, which is empty else.
  /// - Throws: ``DatasetError`` for a class without pictures, a file that is not a picture, or one that
  ///   is next to the class folders.
  public init(
    _ root: String, labels: String? = nil, identifying: Bool = true
  ) throws(DatasetError) {
    let folder = try PictureFolder(root)
    let list = try LabelList(labels, for: folder.files)
    let classes = ClassList(
      list.map { Array($0.classNames) } ?? folder.folders)
    let order = try ClassOrder(
      of: folder.files, classes: classes, list: list, in: FileLocation(root))
    self.root = root
    classNames = classes.names
    classCount = classes.names.count
    remarks = Self.remarks(folder) + [list?.remark(on: folder.files)].compactMap(\.self)
    files = order.files.map { folder.files[$0] }
    self.labels = order.labels
    if identifying { digest = try computedDigest() }
  }

  /// The number of pictures.
  public var count: Int { files.count }

  /// The content of one file.
  public func bytes(of sample: Int) throws(DatasetError) -> [UInt8] {
    try Self.read(location(of: sample).file)
  }

  /// Size and time of the last change of one file.
  public func revision(of sample: Int) throws(DatasetError) -> String {
    let status = try OpenFile(reading: location(of: sample).file).status()
    return "\(status.bytes) \(status.modifiedNanoseconds)"
  }

  /// The number of the class folder.
  public func label(of sample: Int) -> Int32 { labels[sample] }

  /// The file.
  public func location(of sample: Int) -> FileLocation { FileLocation("\(root)/\(files[sample])") }

  static func read(_ path: String) throws(DatasetError) -> [UInt8] {
    try OpenFile(reading: path).contents(atMost: PictureFacts.maximumBytes)
  }

  private static func remarks(_ folder: PictureFolder) -> [String] {
    guard let first = folder.skipped.first else { return [] }
    let others = folder.skipped.count - 1
    return [
      "\(folder.path): left out \(first)" + (others > 0 ? " and \(others) more" : "")
        + ": hidden files and what systems leave are not data"
    ]
  }
}
