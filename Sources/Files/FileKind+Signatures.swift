extension FileKind {
  static let numpyAdvice = "write its arrays in the format that was asked for, in Python"
  static let pickleAdvice = "convert it in Python; what a pickle holds is not run here"
  static let pytorch = FileKind("a PyTorch archive", advice: "convert it in Python")
  static let pictureAdvice = "convert it first"
  static let idxAdvice = "write it with unsigned bytes"

  /// Kinds with a signature.
  static let signatures: [(signature: [UInt8], kind: FileKind)] = [
    ([0x1f, 0x8b], FileKind("gzip data", advice: "unpack it first, with gzip -d")),
    (
      [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
      FileKind("xz data", advice: "unpack it first, with xz -d")
    ),
    (Array("BZh".utf8), FileKind("bzip2 data", advice: "unpack it first, with bzip2 -d")),
    ([0x28, 0xb5, 0x2f, 0xfd], FileKind("zstd data", advice: "unpack it first, with zstd -d")),
    ([0x04, 0x22, 0x4d, 0x18], FileKind("lz4 data", advice: "unpack it first, with lz4 -d")),
    (
      [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], FileKind("a 7-Zip archive", advice: "unpack it first")
    ),
    (Array("Rar!".utf8), FileKind("a RAR archive", advice: "unpack it first")),
    (Array("PK\u{5}\u{6}".utf8), FileKind("an empty zip archive")),
    ([0x93] + Array("NUMPY".utf8), FileKind("an .npy file of NumPy", advice: numpyAdvice)),
    ([0x89] + Array("PNG".utf8), FileKind("a PNG picture")),
    ([0xff, 0xd8, 0xff], FileKind("a JPEG picture", advice: pictureAdvice)),
    (Array("GIF8".utf8), FileKind("a GIF picture", advice: pictureAdvice)),
    ([0x49, 0x49, 0x2a, 0x00], FileKind("a TIFF picture", advice: pictureAdvice)),
    ([0x4d, 0x4d, 0x00, 0x2a], FileKind("a TIFF picture", advice: pictureAdvice)),
    (Array("8BPS".utf8), FileKind("a Photoshop picture", advice: pictureAdvice)),
    ([0xff, 0x0a], FileKind("a JPEG XL picture", advice: pictureAdvice)),
    (
      [0, 0, 0, 12] + Array("JXL ".utf8), FileKind("a JPEG XL picture", advice: pictureAdvice)
    ),
    ([0, 0, 0, 12] + Array("jP  ".utf8), FileKind("a JPEG 2000 picture", advice: pictureAdvice)),
    (Array("GMLPSHRD".utf8), FileKind("a shard of images")),
    (Array("GMLPPICT".utf8), FileKind("a shard of pictures")),
    (Array("GMLPTEXT".utf8), FileKind("a shard of text")),
    (Array("GMLPLABL".utf8), FileKind("a shard of labelled text")),
    ([0x89] + Array("HDF\r\n".utf8), FileKind("an HDF5 file", advice: "convert it in Python")),
    (Array("PAR1".utf8), FileKind("a Parquet file", advice: "convert it in Python")),
    (Array("ARROW1".utf8), FileKind("an Arrow file", advice: "convert it in Python")),
    (Array("GGUF".utf8), FileKind("a GGUF file", advice: "convert it to safetensors")),
    (Array("MATLAB 5.0".utf8), FileKind("a MATLAB file", advice: "convert it first")),
    (Array("%PDF-".utf8), FileKind("a PDF document", advice: "extract its text first")),
    (Array("SQLite format 3".utf8), FileKind("an SQLite database")),
    ([0x7f] + Array("ELF".utf8), FileKind("a program or library (ELF)")),
    (
      [0xff, 0xfe, 0, 0],
      FileKind("UTF-32 text", advice: "convert it, with iconv -f UTF-32 -t UTF-8")
    ),
    (
      [0, 0, 0xfe, 0xff],
      FileKind("UTF-32 text", advice: "convert it, with iconv -f UTF-32 -t UTF-8")
    ),
    (
      [0xff, 0xfe], FileKind("UTF-16 text", advice: "convert it, with iconv -f UTF-16 -t UTF-8")
    ),
    (
      [0xfe, 0xff], FileKind("UTF-16 text", advice: "convert it, with iconv -f UTF-16 -t UTF-8")
    ),
  ]
}

extension FileKind {
  /// The pointer that Git LFS leaves in place of a file.
  public static let largeFilePointer = FileKind(
    "a Git LFS pointer", advice: "get the file itself with git lfs pull")

  /// The length of a byte order mark at the start of UTF-8 text: 3 or 0.
  public static func byteOrderMarkLength(_ prefix: some Collection<UInt8>) -> Int {
    prefix.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
  }

  /// Whether the bytes begin as a Git LFS pointer does.
  public static func isLargeFilePointer(_ prefix: some Collection<UInt8>) -> Bool {
    prefix.starts(with: Array("version https://git-lfs.github.com/spec/".utf8))
  }

  /// Text, by what it begins with.
  package static func text(_ bytes: [UInt8]) -> FileKind? {
    if isLargeFilePointer(bytes) { return largeFilePointer }
    let content = bytes[byteOrderMarkLength(bytes)...]
    // The end of the prefix may cut a character in two.
    guard let text = (0..<4).lazy.compactMap({ validText(content.dropLast($0)) }).first else {
      return nil
    }
    let start = text.drop { $0.isWhitespace }
    let lowercase = start.prefix(64).lowercased()
    if lowercase.hasPrefix("<!doctype html") || lowercase.hasPrefix("<html") {
      return FileKind(
        "an HTML page", advice: "the download gave a web page instead: get the file itself")
    }
    if lowercase.hasPrefix("<svg") || lowercase.hasPrefix("<?xml") && start.contains("<svg") {
      return FileKind("an SVG drawing", advice: "make it a picture first, as with rsvg-convert")
    }
    if lowercase.hasPrefix("<?xml") || lowercase.hasPrefix("<error>") {
      return FileKind(
        "an XML document", advice: "a server may have answered with an error: get the file itself")
    }
    if (start.hasPrefix("{") || start.hasPrefix("[{")) && start.contains("\"") {
      return json
    }
    let line = start.prefix { !$0.isNewline }
    // A message is one line, and no terminal is to act on what a file holds.
    let shown = String.UnicodeScalarView(
      line.prefix(40).unicodeScalars.map {
        $0.properties.generalCategory == .control ? " " : $0
      })
    return FileKind(
      "text that begins with '\(String(shown))\(line.count > 40 ? "…" : "")'", isPlainText: true)
  }

  /// The bytes as text if they contain only text.
  private static func validText(_ bytes: ArraySlice<UInt8>) -> String? {
    let allowed: [UInt8] = [0x09, 0x0a, 0x0c, 0x0d]
    guard !bytes.isEmpty,
      bytes.allSatisfy({ ($0 >= 0x20 && $0 != 0x7f) || allowed.contains($0) })
    else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }
}

extension FileKind {
  /// The line of a shell that writes the tensors of a file of PyTorch to a safetensors file beside it.
  ///
  /// It takes a state dictionary, also one inside of a checkpoint, and runs no code that is in the file. Tensors are
  /// copied: several names may share one memory.
  package static func conversion(ofPyTorch file: String) -> String {
    let program =
      "import sys, torch, safetensors.torch; w = torch.load(sys.argv[1], \"cpu\", weights_only=True); "
      + "w = w.get(\"state_dict\", w.get(\"model\", w)); safetensors.torch.save_file("
      + "{k: v.clone().contiguous() for k, v in w.items() if torch.is_tensor(v)}, sys.argv[2])"
    let suffix = [".pth", ".pt", ".bin", ".safetensors"].first { file.hasSuffix($0) } ?? ""
    let ending = suffix == ".safetensors" ? "-converted.safetensors" : ".safetensors"
    let result = "\(file.dropLast(suffix.count))\(ending)"
    return "python3 -c '\(program)' \(quoted(file)) \(quoted(result))"
  }

  /// A word of a shell.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      byte >= 0x80 || Character(Unicode.Scalar(byte)).isLetter
        || Array("0123456789/._-+=:@%".utf8).contains(byte)
    }
    return isPlain ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }
}
