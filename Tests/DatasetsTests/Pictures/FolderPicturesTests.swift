import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite("Folders of pictures")
struct FolderPicturesTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func write(_ name: String, _ bytes: [UInt8]) throws {
    try folder.write(bytes, to: name)
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/\(name)", withDestinationPath: target)
  }

  private func open(labels: String? = nil) throws -> FolderPictures {
    try FolderPictures("\(folder.path)/set", labels: labels)
  }

  @Test(
    "Classes and pictures come in the order of code points; deeper folders belong to their class")
  func order() throws {
    for (index, name) in ["b/2.png", "B/1.png", "10/x/1.png", "2/z.png", "2/10.png", "2/9.png"]
      .enumerated()
    {
      try write("set/\(name)", greyPNG(UInt8(index)))
    }
    let set = try open()
    #expect(set.classNames == ["10", "2", "B", "b"] && set.classCount == 4)
    #expect((0..<set.count).map(set.label(of:)) == [0, 1, 1, 1, 2, 3])
    #expect(
      (0..<set.count).map { set.location(of: $0).file.dropFirst(folder.path.count + 5) }
        == ["10/x/1.png", "2/10.png", "2/9.png", "2/z.png", "B/1.png", "b/2.png"])
    #expect(try set.bytes(of: 1) == greyPNG(4))
    #expect(set.remarks.isEmpty)
  }

  @Test("The digest knows bytes, labels and class names, and nothing else")
  func digest() throws {
    try write("set/a/1.png", greyPNG(1))
    try write("set/b/1.png", greyPNG(2))
    let digest = try open().digest
    #expect(digest.count == 64)
    try folder.rename("\(folder.path)/set/a/1.png", to: "\(folder.path)/set/a/other.jpg")
    #expect(try open().digest == digest)
    try folder.rename("\(folder.path)/set/b", to: "\(folder.path)/set/c")
    let renamed = try open().digest
    #expect(renamed != digest)
    try write("set/c/1.png", greyPNG(3))
    #expect(try open().digest != renamed)
    #expect(try FolderPictures("\(folder.path)/set", identifying: false).digest.isEmpty)
  }

  @Test("Hidden files and what Windows leaves are left out and named")
  func hidden() throws {
    try write("set/a/1.png", greyPNG(1))
    try write("set/a/._1.png", [1])
    try write("set/a/Thumbs.db", [1])
    try write("set/.git/x", [1])
    let set = try open()
    #expect(set.count == 1 && set.classNames == ["a"])
    #expect(set.remarks.count == 1 && set.remarks[0].contains(".git and 2 more"))
  }

  @Test(
    "Thumbnails of network storage and other litter of systems are no pictures, at any depth",
    arguments: [
      "@eaDir/1.png/SYNOPHOTO_THUMB_M.png", "a/@eaDir/1.png/SYNOPHOTO_THUMB_M.png",
      "__MACOSX/a/._1.png", "__MACOSX/a/1.png", "a/THUMBS.DB", "#recycle/2.png",
      "$RECYCLE.BIN/2.png", "System Volume Information/x", "lost+found/1.png",
    ])
  func litter(name: String) throws {
    try write("set/a/1.png", greyPNG(1))
    try write("set/b/1.png", greyPNG(2))
    let digest = try open().digest
    try write("set/\(name)", greyPNG(3))
    let set = try open()
    #expect(set.count == 2 && set.classNames == ["a", "b"] && set.digest == digest)
    #expect(set.remarks.count == 1)
    let entries = ["a/1.png", "b/1.png", name].enumerated().map {
      TarEntry($1, greyPNG(UInt8($0 + 1)))
    }
    let archive = try TarPictures([folder.write(tar(entries), to: "set.tar")])
    #expect(archive.count == 2 && archive.digest == digest && archive.remarks.count == 1)
  }

  @Test("What belongs to the system is not looked into; a hidden name may be any bytes")
  func foreign() throws {
    try write("set/a/1.png", greyPNG(1))
    try write("set/lost+found/1.png", greyPNG(2))
    try #require(unsafe chmod("\(folder.path)/set/lost+found", 0) == 0)
    defer { _ = unsafe chmod("\(folder.path)/set/lost+found", 0o700) }
    let hidden = "\(folder.path)/set/a/._".utf8CString.dropLast() + [CChar(bitPattern: 0xe9), 0]
    try #require(unsafe mkdir(Array(hidden), 0o700) == 0)
    defer { _ = unsafe rmdir(Array(hidden)) }
    let set = try open()
    #expect(set.count == 1 && set.classNames == ["a"])
    #expect(set.remarks.count == 1 && set.remarks[0].contains("and 1 more"))
  }

  @Test("Links are followed, and a circle is refused")
  func links() throws {
    try write("elsewhere/cat/1.png", greyPNG(1))
    try write("set/dog/1.png", greyPNG(2))
    try link("set/cat", to: "\(folder.path)/elsewhere/cat")
    try link("set/dog/2.png", to: "1.png")
    #expect(try open().count == 3)
    try link("set/dog/up", to: "..")
    expectError(.invalid, "\(folder.path)/set/dog/up", mentions: "would not end") { _ = try open() }
    try folder.remove("\(folder.path)/set/dog/up")
    try link("set/dog/3.png", to: "nowhere")
    expectError(.missing, "\(folder.path)/set/dog/3.png") { _ = try open() }
  }

  @Test("An empty class, a file next to the classes and a file that is not a picture are named")
  func odd() throws {
    try write("set/a/1.png", greyPNG(1))
    try write("set/b/c/.keep", [])
    let root = "\(folder.path)/set"
    expectError(.invalid, root, mentions: "class 'b' has no picture") { _ = try open() }
    try write("set/b/notes.txt", Array("what I saw\n".utf8))
    expectError(.invalid, "\(root)/b/notes.txt", mentions: "text that begins", "convert it") {
      _ = try open()
    }
    try write("set/b/notes.txt", greyPNG(2))
    try write("set/list.csv", [1])
    expectError(.invalid, "\(root)/list.csv", mentions: "in no class folder") { _ = try open() }
  }

  @Test("A folder too high, one without pictures and one that is not there are named as such")
  func wrongFolder() throws {
    try write("set/train/a/1.png", greyPNG(1))
    try write("set/train/b/1.png", greyPNG(1))
    expectError(
      .invalid, "\(folder.path)/set", mentions: "'train'", "name \(folder.path)/set/train"
    ) {
      _ = try open()
    }
    try write("empty/.x", [])
    expectError(.invalid, "\(folder.path)/empty", mentions: "no picture") {
      _ = try FolderPictures("\(folder.path)/empty")
    }
    expectError(.missing, "\(folder.path)/none") { _ = try FolderPictures("\(folder.path)/none") }
  }

  @Test("A list gives the classes of pictures in no folder, as Kaggle writes it and plainly")
  func labels() throws {
    for name in ["v2.JPEG", "v1.JPEG", "v3.JPEG"] { try write("set/\(name)", greyPNG(7)) }
    let plain = try folder.write("v1.JPEG n02\nv2.JPEG n01\nv3.JPEG n02\n", to: "plain.txt")
    let kaggle = try folder.write(
      "ImageId,PredictionString\r\nv1,n02 85 1 499 272\r\nv3,n02 1 2\r\nv2,n01 1\r\n",
      to: "kaggle.csv")
    for list in [plain, kaggle] {
      let set = try open(labels: list)
      #expect(set.classNames == ["n01", "n02"])
      #expect((0..<3).map(set.label(of:)) == [0, 1, 1])
      #expect(set.location(of: 0).file.hasSuffix("v2.JPEG"))
    }
    #expect(try open(labels: plain).remarks.isEmpty)
    let more = try folder.write("v1 n02\nv2 n01\nv3 n02\nv9 n03\nv8 n02\n", to: "more.txt")
    #expect(
      try open(labels: more).remarks == [
        "\(more): names 2 pictures that the set does not have, the first is 'v8'"
      ])
    let short = try folder.write("v1.JPEG n02\nv2.JPEG n01\n", to: "short.txt")
    expectError(.invalid, short, mentions: "v3.JPEG") { _ = try open(labels: short) }
    let lame = try folder.write("v1.JPEG\n", to: "lame.txt")
    expectError(.invalid, lame, mentions: "line 1 has no class") { _ = try open(labels: lame) }
  }

  @Test("A list may have blanks before commas and a line twice, but not two classes for one name")
  func oddLabels() throws {
    for name in ["my cat.jpg", "dog.jpg"] { try write("set/\(name)", greyPNG(7)) }
    let list = try folder.write(
      "\u{FEFF}my cat.jpg,cat\r\n\r\ndog.jpg\tdog rest\r\nmy cat.jpg , cat\r\n", to: "labels.csv")
    let set = try open(labels: list)
    #expect(set.classNames == ["cat", "dog"] && (0..<2).map(set.label(of:)) == [0, 1])
    let two = try folder.write("dog.jpg,dog\nmy cat.jpg,cat\ndog.png,cat\n", to: "two.csv")
    expectError(.invalid, two, mentions: "line 3", "'cat'", "'dog'") { _ = try open(labels: two) }
    let wide = try folder.write("dog.jpg,dog\n".utf8.flatMap { [0, $0] }, to: "wide.csv")
    expectError(.invalid, wide, mentions: "looks like UTF-16") { _ = try open(labels: wide) }
    let zero = try folder.write("dog.jpg,dog\0\nmy cat.jpg,cat\n", to: "zero.csv")
    expectError(.invalid, zero, mentions: "line 1", "zero byte") { _ = try open(labels: zero) }
    let page = try folder.write("<!DOCTYPE html>\n<p>dog.jpg", to: "page.csv")
    expectError(.invalid, page, mentions: "an HTML page") { _ = try open(labels: page) }
  }

  @Test("A name may begin with an accent, and be composed and decomposed side by side")
  func accents() throws {
    let names = ["caf\u{E9}", "cafe\u{301}", "\u{301}e"]
    try write("set/.keep", [])
    for (index, name) in names.enumerated() {
      // By the system itself: what takes paths apart may not know such characters.
      let path = "\(folder.path)/set/\(name)"
      #expect(unsafe mkdir(path, 0o755) == 0)
      try OpenFile(creating: "\(path)/\u{308}\(index).png").write(greyPNG(UInt8(index)), at: 0)
    }
    let set = try open()
    #expect(set.classCount == 3)
    let expected = ["cafe\u{301}", "caf\u{E9}", "\u{301}e"]
    #expect(set.classNames?.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    #expect(try (0..<3).map(set.bytes(of:)) == [greyPNG(1), greyPNG(0), greyPNG(2)])
    let entries = names.map { TarEntry("\($0)/\u{308}1.png", greyPNG(9)) }
    let archive = try TarPictures([folder.write(tar(entries), to: "set.tar")])
    #expect(archive.classNames?.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }

  @Test("Pipes, sockets and files that no memory holds are named")
  func notPictures() throws {
    try write("set/a/1.png", greyPNG(1))
    let path = "\(folder.path)/set/a/2.png"
    #expect(unsafe mkfifo(path, 0o644) == 0)
    expectError(.invalid, path, mentions: "a pipe, a socket or a device") { _ = try open() }
    try folder.remove(path)
    try write("set/a/2.png", greyPNG(1))
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.truncate(atOffset: 1 << 42)
    try file.close()
    expectError(.invalid, path, mentions: "4398046511104 bytes") {
      _ = try FolderPictures("\(folder.path)/set", identifying: false).bytes(of: 1)
    }
  }

  @Test("Two sets with different classes are reported with the first difference")
  func difference() throws {
    func compare(_ training: [String]?, _ test: [String]?) throws {
      try ClassList.requireEqual(training: training, test: test, testFiles: ["val"])
    }
    try compare(["a", "b"], ["a", "b"])
    try compare(nil, ["a"])
    try compare(["a"], nil)
    expectError(.invalid, "val", mentions: "lacks class 'b'", "1 and 2") {
      try compare(["a", "b"], ["a"])
    }
    expectError(.invalid, "val", mentions: "has class 'c'") { try compare(["a"], ["a", "c"]) }
  }
}
