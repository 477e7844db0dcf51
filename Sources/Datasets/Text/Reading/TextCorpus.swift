import Digests

/// Text to be tokenised: files, what a document is in them, and which documents are meant.
public struct TextCorpus: Sendable {
  /// What a document is.
  public enum Documents: Sendable, Equatable {
    /// Each file is one.
    case files
    /// Blank lines, and the ends of files, separate them.
    case blankLines
    /// A table says where they are in the only file.
    case index(DocumentIndex)
  }

  /// The paths, in order.
  public let files: [String]

  /// What a document is in them.
  public let documents: Documents

  /// Every document with a number of this kind is for the test; nil: none.
  public let holdout: Int?

  /// Which documents are meant: those for training, or those for the test.
  public let split: DatasetSplit

  /// A corpus of files.
  ///
  /// - Parameters:
  ///   - files: UTF-8 text, plain, gzip or xz; at least one.
  ///   - documents: what a document is; an index goes with one file.
  ///   - holdout: N keeps documents N − 1, 2N − 1, … for the test; at least 2. nil keeps none.
  ///   - split: which of the two parts this corpus is.
  public init(
    files: [String], documents: Documents = .files, holdout: Int? = nil,
    split: DatasetSplit = .train
  ) {
    precondition(!files.isEmpty, "a corpus of no files")
    if case .index = documents {
      precondition(files.count == 1, "one index for \(files.count) files")
    }
    precondition(holdout ?? 2 >= 2, "each document of \(holdout ?? 0) held out")
    self.files = files
    self.documents = documents
    self.holdout = holdout
    self.split = split
  }

  /// The files that `paths` name; a folder means its text files, sorted by name.
  ///
  /// - Parameters:
  ///   - paths: files and folders.
  ///   - leavingOut: receives a line for each folder that has files with other endings.
  /// - Returns: their paths in order.
  /// - Throws: ``DatasetError`` if a folder has no file of text.
  public static func files(
    in paths: [String], leavingOut: (String) -> Void = { _ in }
  ) throws(DatasetError) -> [String] {
    var files: [String] = []
    for path in paths {
      guard Folder(path: path).exists else {
        files.append(path)
        continue
      }
      let (names, remark) = try Folder(path: path).names(ending: endings)
      guard !names.isEmpty else {
        throw DatasetError(
          .missing, FileLocation(path),
          "no .txt, .txt.gz or .txt.xz file is in the folder; name the files themselves")
      }
      files += names.map { "\(path)/\($0)" }
      if let remark { leavingOut(remark) }
    }
    return files
  }

  private static let endings = [".txt", ".txt.gz", ".txt.xz"]

  /// The longest empty file as xz, gzip or anything else stores it.
  private static let longestEmpty = 4_096

  /// A line that names the files without content, which are left out; nil if there are none.
  ///
  /// - Throws: ``DatasetError`` if a file cannot be read.
  public func emptyFiles() throws(DatasetError) -> String? {
    var empty: [String] = []
    for (path, bytes) in zip(files, try fileBytes()) where bytes <= Self.longestEmpty {
      if try LineReader(path).isEmpty { empty.append(path) }
    }
    return empty.isEmpty ? nil : "left out because they are empty: \(Folder.first(of: empty))"
  }

  /// The sizes of the files in bytes, as they are stored.
  ///
  /// - Throws: ``DatasetError`` if one is not a file.
  public func fileBytes() throws(DatasetError) -> [Int] {
    var sizes: [Int] = []
    for file in files { sizes.append(try OpenFile(reading: file).size()) }
    return sizes
  }

  /// Whether the document with this number is meant.
  func contains(document: Int) -> Bool {
    let isHeldOut = holdout.map { document % $0 == $0 - 1 } ?? false
    return isHeldOut == (split == .test && holdout != nil)
  }
}

/// Where the documents of one text file lie: a table of byte offsets.
///
/// The file is text: a line of headings, then a line a document with its offset and its length in
/// bytes of the unpacked text, its name and whatever else, separated by tabs. Text between documents
/// belongs to none.
public struct DocumentIndex: Sendable, Equatable {
  /// The bytes of each document, in order and apart.
  public let documents: [Range<Int>]

  /// Reads the table at `path`.
  ///
  /// - Throws: ``DatasetError`` that names the first byte of the line at fault.
  public init(contentsOf path: String) throws(DatasetError) {
    let reader = try LineReader(path)
    var documents: [Range<Int>] = []
    _ = try reader.next()
    while true {
      let location = reader.location(reader.offset)
      guard let line = try reader.next() else { break }
      let content = line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...]
      let fields = String(decoding: content, as: UTF8.self).split(
        separator: "\t", omittingEmptySubsequences: false)
      guard fields.count >= 2, let start = Int(fields[0]), let count = Int(fields[1]), start >= 0,
        count > 0, case let (end, isTooLarge) = start.addingReportingOverflow(count), !isTooLarge
      else {
        throw DatasetError(
          .invalid, location,
          "no document: a line is byte offset, tab, byte length, tab, name; correct the index")
      }
      guard start >= documents.last?.upperBound ?? 0 else {
        throw DatasetError(
          .invalid, location,
          "the document begins at byte \(start), before the end of the one above; sort the index")
      }
      documents.append(start..<end)
    }
    guard !documents.isEmpty else {
      throw DatasetError(
        .invalid, FileLocation(path), "the index names no document; add a line for each")
    }
    self.documents = documents
  }

  /// A SHA-256 of the ranges in hexadecimal.
  var digest: String {
    var hasher = SHA256()
    hasher.update(documents.flatMap { [$0.lowerBound, $0.upperBound] }.span)
    return hasher.hexadecimal
  }
}
