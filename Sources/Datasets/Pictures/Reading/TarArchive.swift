import Files

/// A tar archive whose members are read where they lie, nothing unpacked.
///
/// Archives inside it, as in ImageNet's training set, are taken as folders of their names: `n01440764.tar`
/// with `a.JPEG` is `n01440764/a.JPEG`.
public final class TarArchive: Sendable {
  /// A file in an archive.
  struct Member: Sendable, Equatable {
    /// Its path, without `.` and leading `/`.
    let name: String
    /// Where its content begins in the outermost file.
    let offset: Int
    /// Bytes of content.
    let size: Int
  }

  /// The path of the archive.
  public let path: String

  /// Its files, in their order.
  let members: [Member]

  /// Lines about what was left out.
  let remarks: [String]

  /// When the archive was changed last, since 1970.
  let modifiedNanoseconds: Int

  private let file: OpenFile

  /// Reads the headers of all members of the archive at `path`.
  ///
  /// - Throws: ``DatasetError`` that names the byte of the first header that is not one, or says what
  ///   the file is if it is not a tar archive.
  public init(_ path: String) throws(DatasetError) {
    file = try OpenFile(reading: path)
    self.path = path
    let status = try file.status()
    let size = status.bytes
    modifiedNanoseconds = status.modifiedNanoseconds
    let front = try file.read(at: 0, limit: FileKind.prefixBytes)
    if let kind = FileKind(of: front), !kind.isTarArchive, !kind.isZeros {
      throw DatasetError(
        .invalid, FileLocation(path, offset: 0),
        kind.insteadOf("a tar archive", advice: "make one with tar -cf"))
    }
    var reader = TarReader(file)
    try reader.read(0..<size, within: "")
    members = reader.members
    remarks = reader.remarks
  }

  /// Whether the file at `path` begins as a tar archive does.
  static func begins(_ path: String) throws(DatasetError) -> Bool {
    TarHeader.begins(try OpenFile(reading: path).read(at: 0, limit: TarHeader.blockBytes))
  }

  /// The content of a member.
  ///
  /// - Throws: ``DatasetError`` where the file cannot be read, or was cut short meanwhile.
  func bytes(of member: Member) throws(DatasetError) -> [UInt8] {
    guard member.size <= PictureFacts.maximumBytes else {
      throw .tooLarge(location(of: member), bytes: member.size, limit: PictureFacts.maximumBytes)
    }
    let bytes = try file.read(at: member.offset, limit: member.size)
    guard bytes.count == member.size else {
      throw DatasetError(
        .invalid, FileLocation(path, offset: member.offset + bytes.count),
        "the archive has become shorter; do not change it during a run")
    }
    return bytes
  }

  /// The place of a member for people, as in `train.tar:cat/1.jpg`.
  func location(of member: Member) -> FileLocation { FileLocation("\(path):\(member.name)") }
}

/// Goes through the headers of an archive, and of those inside it.
private struct TarReader {
  /// What the name or the records of one member may take.
  private static let largestRecord = 1 << 20
  /// How many archives may lie in each other.
  private static let deepest = 4

  private let file: OpenFile
  private(set) var members: [TarArchive.Member] = []
  private var skipped: [String] = []

  init(_ file: OpenFile) {
    self.file = file
  }

  var remarks: [String] {
    guard let first = skipped.first else { return [] }
    let others = skipped.count - 1
    return [
      "\(file.path): left out \(first)" + (others > 0 ? " and \(others) more" : "")
        + ": hidden files, what systems leave, links and devices are not data"
    ]
  }

  /// Reads the archive that takes the bytes `range` of the file; its members are put into `folder`.
  mutating func read(
    _ range: Range<Int>, within folder: String, depth: Int = 0
  ) throws(DatasetError) {
    var offset = range.lowerBound
    var name: [UInt8]?
    var records: TarRecords?
    while true {
      let location = FileLocation(file.path, offset: offset)
      let block = try file.read(at: offset, limit: TarHeader.blockBytes)
      guard block.count == TarHeader.blockBytes, offset + block.count <= range.upperBound else {
        throw DatasetError(
          .invalid, location,
          "the archive ends without its two blocks of zeros; copy or download it again")
      }
      if TarHeader.isEnd(block) { return }
      let header = try TarHeader(block, at: location)
      let start = offset + block.count
      let isNote = header.kind == .extended || header.kind == .note
      let size = isNote ? header.size : records?.size ?? header.size
      guard size <= range.upperBound - start else {
        throw DatasetError(
          .invalid, location,
          "the archive ends inside a member of \(size) bytes; copy or download it again")
      }
      switch header.kind {
      case .extended:
        records = try TarRecords(content(start, size, location), at: location)
      case .longName:
        name = Array(try content(start, size, location).prefix { $0 != 0 })
      case .note: break
      case .file, .folder, .sparse, .other:
        let path = try text(records?.path ?? name ?? header.name, location)
        let full = folder.isEmpty ? path : "\(folder)/\(path)"
        if header.kind == .sparse || records?.isSparse == true {
          throw DatasetError(
            .invalid, location, "\(full) is a file with holes; make the archive without --sparse")
        }
        try take(full, header.kind, start, size, depth)
        (name, records) = (nil, nil)
      }
      offset =
        start + (size + TarHeader.blockBytes - 1) / TarHeader.blockBytes * TarHeader.blockBytes
    }
  }

  private mutating func take(
    _ name: String, _ kind: TarHeader.Kind, _ start: Int, _ size: Int, _ depth: Int
  ) throws(DatasetError) {
    if kind == .folder { return }
    let isLitter = name.utf8.split(separator: UInt8(ascii: "/")).contains {
      Litter.has(FileName(Array($0)))
    }
    guard kind == .file, !isLitter else {
      skipped.append(name)
      return
    }
    if name.lowercased().hasSuffix(".tar"), depth < Self.deepest,
      TarHeader.begins(try file.read(at: start, limit: min(size, TarHeader.blockBytes)))
    {
      try read(start..<(start + size), within: String(name.dropLast(4)), depth: depth + 1)
    } else {
      members.append(TarArchive.Member(name: name, offset: start, size: size))
    }
  }

  private func content(
    _ start: Int, _ size: Int, _ location: FileLocation
  ) throws(DatasetError) -> [UInt8] {
    guard size <= Self.largestRecord else {
      throw DatasetError(
        .invalid, location, "the name of a member has \(size) bytes; make the archive again")
    }
    return try file.read(at: start, limit: size)
  }

  /// A path without `.` and leading `/`; `..` stays, for nothing is unpacked.
  private func text(_ bytes: [UInt8], _ location: FileLocation) throws(DatasetError) -> String {
    guard let text = FileName(bytes).text, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
      throw DatasetError(
        .invalid, location,
        "the name of a member is not printable UTF-8 ('\(escaped(bytes))'); give it another name")
    }
    // By bytes: an accent that follows a slash would make one character with it.
    return text.utf8.split(separator: UInt8(ascii: "/")).compactMap { String($0) }
      .filter { $0 != "." }.joined(separator: "/")
  }
}
