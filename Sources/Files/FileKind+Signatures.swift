extension FileKind {
  static let numpyAdvice = "write its arrays in the format that was asked for, in Python"
  static let pickleAdvice = "convert it in Python; what a pickle holds is not run here"
  static let pytorchAdvice =
    "convert it in Python with safetensors.torch.save_file("
    + "torch.load(path, weights_only=True), \"weights.safetensors\")"
  static let pictureAdvice = "convert it first"
  static let idxAdvice = "write it with unsigned bytes"

  /// Kinds that begin with bytes of their own.
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
    (Array("GMLPSHRD".utf8), FileKind("a shard of images")),
    (Array("GMLPPICT".utf8), FileKind("a shard of pictures")),
    (Array("GMLPTEXT".utf8), FileKind("a shard of text")),
    ([0x89] + Array("HDF\r\n".utf8), FileKind("an HDF5 file", advice: "convert it in Python")),
    (Array("PAR1".utf8), FileKind("a Parquet file", advice: "convert it in Python")),
    (Array("ARROW1".utf8), FileKind("an Arrow file", advice: "convert it in Python")),
    (Array("GGUF".utf8), FileKind("a GGUF file", advice: "convert it to safetensors")),
    (Array("MATLAB 5.0".utf8), FileKind("a MATLAB file", advice: "convert it first")),
    (Array("%PDF-".utf8), FileKind("a PDF document", advice: "take its text out first")),
    (Array("SQLite format 3".utf8), FileKind("an SQLite database")),
    ([0x7f] + Array("ELF".utf8), FileKind("a program or library (ELF)")),
    (
      [0xff, 0xfe], FileKind("UTF-16 text", advice: "convert it, with iconv -f UTF-16 -t UTF-8")
    ),
    (
      [0xfe, 0xff], FileKind("UTF-16 text", advice: "convert it, with iconv -f UTF-16 -t UTF-8")
    ),
  ]
}
