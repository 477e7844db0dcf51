import Files
import Testing

@Suite("Kinds of files")
struct FileKindTests {
  /// Files as they are found in the place of others, and words of what they are called.
  static let files: [(name: String, bytes: [UInt8])] = [
    ("an empty file", []),
    ("an HTML page", Array("\n<!DOCTYPE html>\n<html>".utf8)),
    ("an HTML page", Array("<HTML><head>".utf8)),
    ("an HTML page", [0xef, 0xbb, 0xbf] + Array("<html lang=\"en\">".utf8)),
    ("an XML document", Array("<?xml version=\"1.0\"?><Error><Code>AccessDenied".utf8)),
    ("JSON text", Array("{\n  \"message\": \"Not Found\"\n}".utf8)),
    ("a Git LFS pointer", Array("version https://git-lfs.github.com/spec/v1\noid sha256:".utf8)),
    ("text that begins with '404: Not Found'", Array("404: Not Found".utf8)),
    ("text that begins with 'a b c'", Array("a\tb\u{90}c\n".utf8)),
    ("a zip archive", zip("data_batch_1.bin")),
    ("an .npz archive of NumPy", zip("images.npy")),
    ("a PyTorch archive", zip("archive/data.pkl")),
    ("a PyTorch archive", [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]),
    ("a Python pickle", [0x80, 0x04, 0x95, 0x10, 0, 0]),
    ("a Python pickle", [0x80, 0x02, 0x7d, 0x71, 0x01]),
    ("an .npy file of NumPy", [0x93] + Array("NUMPY".utf8) + [1, 0]),
    ("a tar archive", tar()),
    ("gzip data", [0x1f, 0x8b, 8, 0]),
    ("xz data", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
    ("bzip2 data", Array("BZh91AY&SY".utf8)),
    ("zstd data", [0x28, 0xb5, 0x2f, 0xfd, 0x24]),
    ("a PNG picture", [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    ("a JPEG picture", [0xff, 0xd8, 0xff, 0xe0]),
    ("an IDX file of floats", [0, 0, 0x0d, 3, 0, 0, 0, 1]),
    ("an IDX file of labels", [0, 0, 8, 1, 0, 0, 0, 1]),
    ("an ONNX model", [0x08, 0x08, 0x12, 0x07] + Array("pytorch".utf8)),
    ("an HDF5 file", [0x89] + Array("HDF\r\n".utf8) + [0x1a, 10]),
    ("a Parquet file", Array("PAR1".utf8) + [0x15, 4]),
    ("a shard of images", Array("GMLPSHRD".utf8) + [1, 0]),
    ("a file that begins with zeros", [UInt8](repeating: 0, count: 512)),
    ("UTF-16 text", [0xff, 0xfe, 0x61, 0]),
    ("UTF-32 text", [0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]),
    ("a file that looks like UTF-16 (UTF-16LE)", utf16("[model]\r\nd_model = 8\r\n")),
    ("a file that looks like UTF-16 (UTF-16BE)", utf16("[model]\nd_model = 8\n").swapped),
    ("a file that looks like UTF-16 (UTF-16LE)", utf16("a\n")),
    ("a file that looks like UTF-16 (UTF-16BE)", utf16("Grüße, Łódź").swapped),
    ("a file that looks like UTF-16 (UTF-16BE)", Array(utf16("crème ").swapped + [0])),
    ("an AVIF picture", [0, 0, 0, 0x20] + Array("ftypavif".utf8)),
    ("a HEIC picture", [0, 0, 0, 0x18] + Array("ftypheic".utf8)),
    ("a film (MP4 or QuickTime)", [0, 0, 0, 0x18] + Array("ftypisom".utf8)),
    ("a BMP picture", Array("BM".utf8) + [9, 9, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0]),
    ("a JPEG XL picture", [0xff, 0x0a, 0xfa]),
    ("a JPEG 2000 picture", [0, 0, 0, 12] + Array("jP  \r\n".utf8)),
    ("a Photoshop picture", Array("8BPS".utf8) + [0, 1]),
    ("an SVG drawing", Array("<svg xmlns=\"http://www.w3.org/2000/svg\">".utf8)),
    ("an SVG drawing", Array("<?xml version=\"1.0\"?>\n<svg width=\"9\">".utf8)),
  ]

  @Test(
    "The line that converts a file of PyTorch has both names as words of a shell",
    arguments: [
      ("a/model.pth", "a/model.pth a/model.safetensors"), ("x.bin", "x.bin x.safetensors"),
      ("m.safetensors", "m.safetensors m-converted.safetensors"),
      ("it's.pt", #"'it'\''s.pt' 'it'\''s.safetensors'"#),
    ])
  func conversion(file: String, words: String) {
    let line = FileKind.conversion(ofPyTorch: file)
    #expect(line.hasPrefix("python3 -c '") && line.hasSuffix("' \(words)"), "\(line)")
    let kind = FileKind(of: Self.zip("archive/data.pkl"))
    #expect(kind?.adviceForWeights(at: file) == "convert it: \(line)")
  }

  /// The text in UTF-16, the low byte first, without a byte order mark.
  private static func utf16(_ text: String) -> [UInt8] {
    text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
  }

  @Test("The first bytes tell what a file is", arguments: files)
  func recognised(file: (name: String, bytes: [UInt8])) throws {
    let kind = try #require(FileKind(of: file.bytes))
    #expect(kind.name.hasPrefix(file.name), "\(kind)")
  }

  @Test("A safetensors file stays one, whatever signature the length of its header looks like")
  func headerLengths() {
    let signatures: [[UInt8]] = [
      [0x1f, 0x8b], [0x42, 0x5a, 0x68], [0x50, 0x4b, 3, 4], [0xff, 0xd8, 0xff], [0x80, 2, 0x7d],
    ]
    for signature in signatures {
      let length = signature + [UInt8](repeating: 0, count: 8 - signature.count)
      let kind = FileKind(of: length + Array("{\"a\":".utf8))
      #expect(kind?.isSafeTensors == true, "\(signature): \(String(describing: kind))")
    }
  }

  @Test("Bytes without a pattern are no known kind")
  func unknown() {
    #expect(FileKind(of: [7, 200, 3, 9, 255, 0, 1]) == nil)
    // Numbers of two bytes are no text.
    #expect(FileKind(of: (0..<200).flatMap { [UInt8($0), 0] }) == nil)
    #expect(FileKind(of: [UInt8](repeating: 0, count: 8)) == nil)
    #expect(FileKind(of: Array("BMW".utf8) + [UInt8](repeating: 200, count: 20)) == nil)
  }

  @Test("A character that the prefix cuts in two leaves text to be text")
  func cutCharacter() {
    let text = Array(String(repeating: "a", count: FileKind.prefixBytes - 1).utf8) + [0xc3, 0xa9]
    #expect(FileKind(of: text)?.isPlainText == true)
  }

  @Test("An unknown file is described, text also where another encoding follows")
  func clause() {
    let text = "Bonjour, chers amis, ceci est une lettre. "
    for (bytes, words) in [
      ([], "is empty"), (Array("PK\u{3}\u{4}".utf8), "is a zip archive"),
      ([7, 128, 3], "begins with the bytes 07 80 03"),
      (Array(text.utf8), "is text that begins with 'Bonjour, chers amis, ceci est une lettre…'"),
      (Array(text.utf8) + [0xe9] + Array(text.utf8), "is text that begins with 'Bonjour, chers a'"),
    ] as [([UInt8], String)] {
      #expect(FileKind.clause(about: bytes) == words)
    }
  }

  private static func zip(_ name: String) -> [UInt8] {
    Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 22) + [
      UInt8(name.utf8.count), 0, 0, 0,
    ]
      + Array(name.utf8)
  }

  private static func tar() -> [UInt8] {
    var block = Array("books/a.txt".utf8) + [UInt8](repeating: 0, count: 501)
    block.replaceSubrange(257..<262, with: Array("ustar".utf8))
    return block
  }
}

@Suite("Lines of text files")
struct TextLinesTests {
  @Test(
    "Any end of line and a byte order mark give the same lines",
    arguments: ["a\nb\n\nc", "a\r\nb\r\n\r\nc\r\n", "\u{FEFF}a\nb\n\nc\n", "a\rb\r\rc\r"])
  func ends(text: String) {
    #expect(TextLines.read(Array(text.utf8)) == ["a", "b", "", "c"])
  }

  @Test("Bytes that are not UTF-8 are no lines")
  func notText() {
    #expect(TextLines.read([0x61, 0xff]) == nil)
  }
}

extension [UInt8] {
  /// The same with the two bytes of each pair in the other order.
  fileprivate var swapped: [UInt8] {
    stride(from: 0, to: count - 1, by: 2).flatMap { [self[$0 + 1], self[$0]] }
  }
}
