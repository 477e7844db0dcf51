/// A place in a file that an error points at.
public struct FileLocation: Sendable, Equatable, CustomStringConvertible {
  /// The path as the user gave it.
  public let file: String

  /// The byte, counted from 0, or nil if the whole file is meant.
  public let offset: Int?

  /// The line, counted from 1, or nil if no line is meant.
  public let line: Int?

  /// Whether `offset` counts bytes of the unpacked content of a gzip file.
  public let isUnpacked: Bool

  /// The byte at `offset` of `file`.
  public init(_ file: String, offset: Int? = nil, isUnpacked: Bool = false) {
    self.file = file
    self.offset = offset
    self.isUnpacked = isUnpacked
    line = nil
  }

  /// The line `line` of `file`.
  public init(_ file: String, line: Int) {
    self.file = file
    self.line = line
    offset = nil
    isUnpacked = false
  }

  /// The file and, if there is one, the byte or the line.
  public var description: String {
    if let line { return "\(file), line \(line)" }
    guard let offset else { return file }
    return "\(file), byte \(offset)\(isUnpacked ? " unpacked" : "")"
  }
}
