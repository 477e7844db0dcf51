/// A place in a file that an error points at.
public struct FileLocation: Sendable, Equatable, CustomStringConvertible {
  /// The path as the user gave it.
  public let file: String

  /// The byte, counted from 0, or nil where the whole file is meant.
  public let offset: Int?

  /// Whether `offset` counts bytes of the unpacked content of a gzip file.
  public let isUnpacked: Bool

  /// The byte at `offset` of `file`.
  public init(_ file: String, offset: Int? = nil, isUnpacked: Bool = false) {
    self.file = file
    self.offset = offset
    self.isUnpacked = isUnpacked
  }

  /// The file and, if there is one, the byte.
  public var description: String {
    guard let offset else { return file }
    return "\(file), byte \(offset)\(isUnpacked ? " unpacked" : "")"
  }
}
