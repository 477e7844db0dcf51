import Glibc
import Imaging
import TestSupport
import Testing

@testable import Datasets

/// Every reader says what a file of another kind is.
@Suite("Files of another kind")
struct WrongKindTests {
  static let kinds: [(name: String, bytes: [UInt8])] = [
    ("an HTML page", Array("<!DOCTYPE html><html><body>404</body></html>\n".utf8)),
    (
      "a Git LFS pointer",
      Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n".utf8)
    ),
    ("a zip archive", Array("PK\u{3}\u{4}\u{14}".utf8) + [UInt8](repeating: 0, count: 60)),
    ("an .npy file of NumPy", [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]),
    ("a Python pickle", [0x80, 4, 0x95, 1, 2, 3, 4, 5, 6, 7]),
    ("xz data", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]),
    ("a GIF picture", Array("GIF89a".utf8)),
    ("an HTML page", gzip(Array("<html>not here</html>".utf8))),
  ]

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// What the readers of data say of a file.
  private func errors(_ path: String) -> [DatasetError?] {
    let fit = ImageFit(
      imageShape: ImageShape(channels: 1, rows: 8, columns: 8), cropFraction: 1,
      interpolation: .bicubic)
    let readers: [() throws -> Void] = [
      { _ = try IDXSource(images: path, labels: path) },
      { _ = try CIFARSource(files: [path]) },
      { _ = try ShardSource(files: [path]) },
      { _ = try TextSource(files: [path]) },
      { _ = try ImageFile(ImageInput(file: path), fit: fit) },
    ]
    return readers.map { read in #expect(throws: DatasetError.self) { try read() } }
  }

  @Test("Readers of data call it by its name", arguments: kinds)
  func data(kind: (name: String, bytes: [UInt8])) throws {
    let path = try folder.write(kind.bytes, to: "data")
    for error in errors(path) {
      #expect(
        error?.code == .invalid && error?.location.offset == 0, "\(String(describing: error))")
      #expect(error?.description.contains(kind.name) == true, "\(String(describing: error))")
    }
  }

  @Test("A vocabulary too", arguments: kinds.dropLast())
  func vocabulary(kind: (name: String, bytes: [UInt8])) throws {
    let path = try folder.write(kind.bytes, to: "vocab.txt")
    expectError(.invalid, path, mentions: kind.name) { _ = try Vocabulary(contentsOf: path) }
  }

  @Test("A vocabulary may have a byte order mark and CRLF, and is the same but for its digest")
  func markedVocabulary() throws {
    let plain = try Vocabulary(content: TextFixture.vocabularyFile(), file: "vocab.txt")
    let lines = TextFixture.wordPieces.map { $0 + "\r\n" }.joined()
    let marked = try Vocabulary(content: Array("\u{FEFF}\(lines)".utf8), file: "vocab.txt")
    #expect(marked.pieces == plain.pieces)
  }

  @Test("IDX in the wrong order, or of floats, is named as such")
  func idx() throws {
    let labels = try folder.write(IDXBytes.labels([1, 2]), to: "labels")
    expectError(.invalid, labels, offset: 0, mentions: "magic number 2049", "labels") {
      _ = try IDXSource(images: labels, labels: labels)
    }
    let floats = try folder.write([0, 0, 0x0d, 3] + [UInt8](repeating: 0, count: 12), to: "floats")
    expectError(.invalid, floats, offset: 0, mentions: "an IDX file of floats") {
      _ = try IDXSource(images: floats, labels: labels)
    }
  }

  @Test("A shard that is cut off inside its header is not taken for another kind")
  func cutShard() throws {
    for text in ["GMLPSHRD", "GMLP", ""] {
      let path = try folder.write(text, to: "cut.shard")
      expectError(.invalid, path, offset: text.utf8.count, mentions: "ends inside") {
        _ = try ShardSource(files: [path])
      }
    }
  }
}
