/// A name in a folder: bytes, for the system does not ask for UTF-8.
public struct FileName: Sendable, Hashable, CustomStringConvertible {
  /// The bytes of the name.
  public let bytes: [UInt8]

  /// The name of these bytes.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The name as text; nil where it is not UTF-8: repaired it would be another name.
  public var text: String? { String(validating: bytes, as: UTF8.self) }

  /// The name for people.
  public var description: String { text ?? escaped(bytes) }

  /// The name as C wants it.
  var cString: [CChar] { bytes.map(CChar.init(bitPattern:)) + [0] }
}

/// Bytes of a name for people: each that is not printable ASCII as `\xFF`.
public func escaped(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { byte in
    if (0x20...0x7e).contains(byte) { return String(UnicodeScalar(byte)) }
    let digits = String(byte, radix: 16, uppercase: true)
    return "\\x" + (byte < 16 ? "0" : "") + digits
  }.joined()
}
