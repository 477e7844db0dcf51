/// What kind of file this is, by its first bytes, for messages about unexpected files.
///
/// One list serves every reader: each says what a wrong file is instead of guessing a
/// cause.
public struct FileKind: Sendable, Equatable, CustomStringConvertible {
  /// The number of first bytes that suffice.
  public static let prefixBytes = 1024

  /// What it is, as in "a zip archive".
  public let name: String

  /// What to do with it; nil if that depends on what was expected.
  public let advice: String?

  /// Whether it is text of no known kind.
  public let isPlainText: Bool

  /// A kind with a name, and what to do with it.
  package init(_ name: String, advice: String? = nil, isPlainText: Bool = false) {
    self.name = name
    self.advice = advice
    self.isPlainText = isPlainText
  }

  /// Recognises a file; nil if its first bytes are of no known kind.
  ///
  /// - Parameter prefix: ``prefixBytes`` from its front, or the whole file.
  public init?(of prefix: some Collection<UInt8>) {
    let bytes = Array(prefix.prefix(Self.prefixBytes))
    guard !bytes.isEmpty else {
      self = Self.empty
      return
    }
    // Its first bytes are a number, which may look like any signature.
    guard
      let kind = Self.safetensors(bytes) ?? Self.archive(bytes) ?? Self.signed(bytes)
        ?? Self.utf16(bytes) ?? Self.text(bytes) ?? Self.zeros(bytes)
    else { return nil }
    self = kind
  }

  /// A clause about an unknown file, as in "is text that begins with 'root:x:0:0'".
  ///
  /// - Parameter prefix: ``prefixBytes`` from its front, or the whole file.
  /// - Returns: what the file is, or what it begins with.
  public static func clause(about prefix: some Collection<UInt8>) -> String {
    if prefix.isEmpty { return "is empty" }
    // Text in another encoding is still text.
    if let kind = FileKind(of: prefix) ?? text(Array(prefix.prefix(shortPrefix))) {
      return "is \(kind)"
    }
    return "begins with the bytes " + prefix.prefix(8).map(hexadecimal).joined(separator: " ")
  }

  private static let shortPrefix = 16

  private static func hexadecimal(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  /// Whether all that is known is that it begins with zeros.
  public var isZeros: Bool { self == Self.zeros }

  /// Whether it is text, JSON or empty, as a damaged text file may be too.
  public var isOtherText: Bool { isPlainText || self == Self.json || self == Self.empty }

  /// Whether it is a tar archive, which may be valid UTF-8 from the first byte to the last.
  public var isTarArchive: Bool { self == Self.tarArchive }

  /// Whether it begins as a safetensors file.
  public var isSafeTensors: Bool { self == Self.safetensors }

  /// What to do with the file `path` in place of a safetensors file; nil if nothing is known.
  public func adviceForWeights(at path: String) -> String? {
    let conversion = "convert it: \(Self.conversion(ofPyTorch: path))"
    if self == Self.zipArchive { return "unpack it first, or, if PyTorch wrote it, \(conversion)" }
    return self == Self.pytorch ? conversion : advice
  }

  /// The name.
  public var description: String { name }

  /// One sentence: what the file is, what was wanted, and what to do.
  ///
  /// - Parameters:
  ///   - wanted: what the reader expects, as in "a safetensors file".
  ///   - advice: what to do if the kind itself does not say.
  /// - Returns: the sentence.
  public func insteadOf(_ wanted: String, advice: String) -> String {
    "this is \(name), not \(wanted); \(self.advice ?? advice)"
  }
}

extension FileKind {
  private static let empty = FileKind("an empty file", advice: "copy or download it again")
  package static let json = FileKind("JSON text")
  private static let safetensors = FileKind("a safetensors file")
  private static let zipArchive = FileKind("a zip archive", advice: "unpack it first")
  private static let tarArchive = FileKind(
    "a tar archive", advice: "unpack it first, with tar -xf")

  /// Zip archives, named by their content, and tar archives.
  private static func archive(_ bytes: [UInt8]) -> FileKind? {
    if bytes.starts(with: Array("PK\u{3}\u{4}".utf8)) { return zip(bytes) }
    // The name of the format follows the first file's header.
    if bytes.count >= 262, bytes[257..<262].elementsEqual("ustar".utf8) {
      return tarArchive
    }
    return nil
  }

  private static func zip(_ bytes: [UInt8]) -> FileKind {
    // The offsets of the length of the first name, and of the name.
    guard bytes.count > 30 else { return zipArchive }
    let length = Int(bytes[26]) | Int(bytes[27]) << 8
    let name = String(decoding: bytes[30...].prefix(length), as: UTF8.self)
    if name.hasSuffix(".npy") {
      return FileKind("an .npz archive of NumPy", advice: numpyAdvice)
    }
    // torch.save puts a pickle, or its alignment's record, first.
    if name.hasSuffix("/data.pkl") || name.hasSuffix("/.format_version")
      || name.hasSuffix("/byteorder") || name.hasSuffix("/version")
    {
      return pytorch
    }
    return zipArchive
  }

  /// Files with a signature at their start.
  private static func signed(_ bytes: [UInt8]) -> FileKind? {
    signatures.first { bytes.starts(with: $0.signature) }?.kind ?? pickle(bytes) ?? idx(bytes)
      ?? riff(bytes) ?? onnx(bytes) ?? box(bytes) ?? bitmap(bytes)
  }

  /// The word PROTO with a version that exists, then what a pickle may begin with.
  private static func pickle(_ bytes: [UInt8]) -> FileKind? {
    guard bytes.count >= 3, bytes[0] == 0x80, (2...5).contains(bytes[1]) else { return nil }
    // The magic number of torch.save before it wrote archives.
    if bytes.starts(with: [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46]) {
      return pytorch
    }
    guard bytes[2] == 0x95 || (0x28...0x7d).contains(bytes[2]) || bytes[2] == 0x8a else {
      return nil
    }
    return FileKind("a Python pickle", advice: pickleAdvice)
  }

  private static func idx(_ bytes: [UInt8]) -> FileKind? {
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0, (1...4).contains(bytes[3]) else {
      return nil
    }
    let dimensions = "of \(bytes[3]) \(bytes[3] == 1 ? "dimension" : "dimensions")"
    switch bytes[2] {
    case 0x08 where bytes[3] == 1: return FileKind("an IDX file of labels")
    case 0x08 where bytes[3] == 3: return FileKind("an IDX file of images")
    case 0x08: return FileKind("an IDX file \(dimensions)")
    case 0x09: return FileKind("an IDX file of signed bytes", advice: idxAdvice)
    case 0x0b, 0x0c: return FileKind("an IDX file of integers", advice: idxAdvice)
    case 0x0d, 0x0e: return FileKind("an IDX file of floats", advice: idxAdvice)
    default: return nil
    }
  }

  /// Eight bytes of a plausible length, then JSON.
  private static func safetensors(_ bytes: [UInt8]) -> FileKind? {
    guard bytes.count >= 10, bytes[4..<8].allSatisfy({ $0 == 0 }), bytes[8] == UInt8(ascii: "{")
    else { return nil }
    return safetensors
  }

  private static func riff(_ bytes: [UInt8]) -> FileKind? {
    guard bytes.count >= 12, bytes.starts(with: Array("RIFF".utf8)) else { return nil }
    return bytes[8..<12].elementsEqual("WEBP".utf8)
      ? FileKind("a WebP picture", advice: pictureAdvice) : FileKind("a sound or film (RIFF)")
  }

  /// A message of Protocol Buffers that begins with the version of ONNX and the name of who wrote it.
  private static func onnx(_ bytes: [UInt8]) -> FileKind? {
    guard bytes.count >= 8, bytes[0] == 0x08, (1...31).contains(bytes[1]), bytes[2] == 0x12,
      (1...64).contains(bytes[3]),
      bytes[4..<8].allSatisfy({ (0x20..<0x7f).contains($0) })
    else { return nil }
    return FileKind("an ONNX model", advice: "name the weights that it was exported from")
  }

  /// A file of MPEG's boxes; the first one names the format.
  private static func box(_ bytes: [UInt8]) -> FileKind? {
    guard bytes.count >= 12, bytes[4..<8].elementsEqual("ftyp".utf8) else { return nil }
    switch String(decoding: bytes[8..<12], as: UTF8.self) {
    case "avif", "avis": return FileKind("an AVIF picture", advice: pictureAdvice)
    case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
      return FileKind("a HEIC picture", advice: pictureAdvice)
    default: return FileKind("a film (MP4 or QuickTime)", advice: "save the frames that you need")
    }
  }

  /// Two letters are few: the sizes of the headers of all versions of BMP confirm them.
  private static func bitmap(_ bytes: [UInt8]) -> FileKind? {
    guard bytes.count >= 18, bytes.starts(with: Array("BM".utf8)),
      [12, 40, 52, 56, 64, 108, 124].contains(bytes[14]), bytes[15..<18].allSatisfy({ $0 == 0 })
    else { return nil }
    return FileKind("a BMP picture", advice: pictureAdvice)
  }

  private static let zeros = FileKind(
    "a file that begins with zeros, as after an interrupted download",
    advice: "copy or download it again")

  private static func zeros(_ bytes: [UInt8]) -> FileKind? {
    guard bytes.count >= 16, bytes.allSatisfy({ $0 == 0 }) else { return nil }
    return zeros
  }
}
