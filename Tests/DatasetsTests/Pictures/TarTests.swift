import TestSupport
import Testing

@testable import Datasets

@Suite("Tar archives of pictures")
struct TarTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func write(_ entries: [TarEntry], isGNU: Bool = false, to name: String = "a.tar") throws
    -> String
  {
    try folder.write(tar(entries, isGNU: isGNU), to: name)
  }

  @Test("An archive of class folders is the set that the folder is", arguments: [false, true])
  func classFolders(isGNU: Bool) throws {
    let long = "cat/" + String(repeating: "a long way to ", count: 10) + "1.png"
    let path = try write(
      [
        TarEntry("./dog/", flag: "5"), TarEntry("./dog/2.png", greyPNG(3)),
        TarEntry("./dog/1.png", greyPNG(2)), TarEntry(long, greyPNG(1)),
        TarEntry("dog/.DS_Store", [1]), TarEntry("dog/link.png", flag: "2"),
      ], isGNU: isGNU)
    let set = try TarPictures([path])
    #expect(set.classNames == ["cat", "dog"])
    #expect((0..<3).map(set.label(of:)) == [0, 1, 1])
    #expect(try (0..<3).map(set.bytes(of:)) == [greyPNG(1), greyPNG(2), greyPNG(3)])
    #expect(set.location(of: 0).file == "\(path):\(long)")
    #expect(set.remarks.count == 1 && set.remarks[0].contains("and 1 more"))
    let writer = try PictureShardWriter(
      directory: "\(folder.path)/set", classNames: set.classNames)
    for sample in 0..<3 {
      try writer.append(bytes: set.bytes(of: sample), label: set.label(of: sample))
    }
    #expect(try ShardPictures(files: writer.finish()).digest == set.digest)
  }

  @Test("A part of an archive is named by its folder")
  func part() throws {
    let path = try write([
      TarEntry("set/train/a/1.png", greyPNG(1)), TarEntry("set/train/b/1.png", greyPNG(2)),
      TarEntry("set/test/a/1.png", greyPNG(3)), TarEntry("set/test/b/1.png", greyPNG(4)),
    ])
    let test = try TarPictures(["\(path)/set/test/"])
    #expect(test.classNames == ["a", "b"] && test.count == 2)
    #expect(try test.bytes(of: 0) == greyPNG(3))
    expectError(.invalid, path, mentions: "name \(path)/set") { _ = try TarPictures([path]) }
    expectError(.invalid, "\(path)/none", mentions: "no picture") {
      _ = try TarPictures(["\(path)/none"])
    }
  }

  @Test("Archives inside an archive are class folders, as in ImageNet's training set")
  func nested() throws {
    let one = tar([TarEntry("n02_1.JPEG", greyPNG(1)), TarEntry("n02_2.JPEG", greyPNG(2))])
    let two = tar([TarEntry("n01_9.JPEG", greyPNG(3))])
    let set = try TarPictures([write([TarEntry("n02.tar", one), TarEntry("n01.tar", two)])])
    #expect(set.classNames == ["n01", "n02"])
    #expect(try (0..<3).map(set.bytes(of:)) == [greyPNG(3), greyPNG(1), greyPNG(2)])
  }

  @Test("Pictures without folders take their classes from a list, as ImageNet's validation set")
  func flat() throws {
    let path = try write([
      TarEntry("ILSVRC2012_val_00000002.JPEG", greyPNG(2)),
      TarEntry("ILSVRC2012_val_00000001.JPEG", greyPNG(1)),
    ])
    let list = try folder.write(
      "ILSVRC2012_val_00000001.JPEG,n02\nILSVRC2012_val_00000002.JPEG,n01\n", to: "labels.csv")
    let set = try TarPictures([path], labels: list)
    #expect(set.classNames == ["n01", "n02"])
    #expect(try (0..<2).map(set.bytes(of:)) == [greyPNG(2), greyPNG(1)])
    expectError(.invalid, "\(path)/ILSVRC2012_val_00000001.JPEG", mentions: "[data] labels") {
      _ = try TarPictures([path])
    }
  }

  @Test("WebDataset's shards: keys end at the first dot, fields stand side by side")
  func webDataset() throws {
    let first = try write(
      [
        TarEntry("__index__.json", Array("{}".utf8)), TarEntry("x/b.PNG", greyPNG(1)),
        TarEntry("x/b.seg.png", [1]), TarEntry("x/b.cls", Array("3\n".utf8)),
        TarEntry("README", [1]), TarEntry("x/c.cls", Array("0".utf8)),
        TarEntry("x/c.json", Array("{}".utf8)), TarEntry("x/c.jpg", greyPNG(2)),
      ], to: "0.tar")
    // The same key in another shard is another sample.
    let second = try write(
      [TarEntry("x/c.webp", greyPNG(3)), TarEntry("x/c.cls", Array("1".utf8))], to: "1.tar")
    let set = try TarPictures([first, second])
    #expect(set.classNames == nil && set.classCount == 4)
    #expect((0..<set.count).map(set.label(of:)) == [3, 0, 1])
    #expect(try (0..<set.count).map(set.bytes(of:)) == [greyPNG(1), greyPNG(2), greyPNG(3)])
    #expect(try TarPictures([folder.path]).digest == set.digest)
  }

  @Test("An archive may be called .TAR too, and other files in a folder of archives are named")
  func endings() throws {
    let one = tar([TarEntry("1.png", greyPNG(1))])
    _ = try write([TarEntry("a.TAR", one), TarEntry("b/1.png", greyPNG(2))], to: "set/0.tar")
    _ = try write([TarEntry("a/2.png", greyPNG(3))], to: "set/1.TAR")
    let set = try TarPictures(["\(folder.path)/set"])
    #expect(set.classNames == ["a", "b"] && set.count == 3 && set.remarks.isEmpty)
    try folder.write("", to: "set/2.tar.gz")
    try folder.write("", to: "set/._0.tar")
    let remarks = try TarPictures(["\(folder.path)/set"]).remarks
    #expect(remarks.count == 1 && remarks[0].hasSuffix(" .tar: 2.tar.gz"), "\(remarks)")
  }

  @Test("Samples of WebDataset that are not whole are named")
  func badWebDataset() throws {
    func expect(_ entries: [TarEntry], at name: String, _ words: String) throws {
      let path = try write(entries, to: "bad.tar")
      expectError(.invalid, "\(path):\(name)", mentions: words) { _ = try TarPictures([path]) }
    }
    let label = TarEntry("a.cls", Array("1".utf8))
    try expect([TarEntry("b.jpg", greyPNG(1)), label], at: "b.jpg", "no .cls file next to it")
    try expect(
      [TarEntry("a.jpg", greyPNG(1)), TarEntry("a.cls", Array("cat".utf8))], at: "a.cls",
      "no number of a class")
    try expect(
      [TarEntry("a.jpg", greyPNG(1)), TarEntry("a.cls", Array("16777216".utf8))], at: "a.cls",
      "class 16777216, and the highest may be 16777215")
    try expect(
      [TarEntry("a.jpg", greyPNG(1)), TarEntry("a.JPG", greyPNG(1)), label], at: "a.JPG",
      ".jpg twice")
  }

  @Test("A class above 16 bits keeps its number")
  func manyClasses() throws {
    let set = try TarPictures([
      write([TarEntry("a.png", greyPNG(1)), TarEntry("a.cls", Array("65536".utf8))])
    ])
    #expect(set.label(of: 0) == 65_536 && set.classCount == 65_537)
  }

  @Test("Sizes beyond eight octal digits: binary, and from an extended header")
  func sizes() throws {
    let png = greyPNG(9)
    let binary: [UInt8] = [0x80] + [UInt8](repeating: 0, count: 9) + [0, UInt8(png.count)]
    let records = paxRecord("size", Array("\(png.count)".utf8))
    let bytes =
      tarMember(name: Array("a/1.png".utf8), png, flag: "0", size: binary)
      + tarMember(name: Array("x".utf8), records, flag: "x")
      + tarMember(name: Array("b/1.png".utf8), png, flag: "0", size: Array("00000000000\0".utf8))
      + [UInt8](repeating: 0, count: 1024)
    let set = try TarPictures([folder.write(bytes, to: "sizes.tar")])
    #expect(set.count == 2)
    #expect(try set.bytes(of: 1) == png)
  }

  @Test("Notes about the archive or a link change nothing of the file behind them")
  func notes() throws {
    let long = Array("cat/\(String(repeating: "x", count: 120)).png".utf8)
    let bytes =
      tarMember(
        name: Array("the label of a volume".utf8), [], flag: "V",
        size: .init(repeating: 0, count: 12))
      + tarMember(name: Array("pax_global_header".utf8), paxRecord("comment", [0x78]), flag: "g")
      + tarMember(name: Array("././@LongLink".utf8), long + [0], flag: "L")
      + tarMember(name: Array("././@LongLink".utf8), Array("elsewhere".utf8) + [0], flag: "K")
      + tarMember(name: Array(long.prefix(100)), greyPNG(1), flag: "0")
      + [UInt8](repeating: 0, count: 1024)
    let set = try TarPictures([folder.write(bytes, to: "notes.tar")])
    #expect(set.remarks.isEmpty)
    #expect(set.location(of: 0).file.hasSuffix(String(decoding: long, as: UTF8.self)))
  }

  @Test("Damage is named with its byte: a sum, a cut, a size, a name, holes, a member twice")
  func damage() throws {
    let good = tar([TarEntry("a/1.png", greyPNG(1)), TarEntry("b/1.png", greyPNG(2))])
    let second = (512 + greyPNG(1).count + 511) / 512 * 512
    func expect(_ bytes: [UInt8], at offset: Int?, in member: String = "", _ words: String) throws {
      let path = try folder.write(bytes, to: "bad.tar")
      expectError(.invalid, path + member, offset: offset, mentions: words) {
        _ = try TarPictures([path])
      }
    }
    var summed = good
    summed[second + 3] ^= 1
    try expect(summed, at: second, "checksum is wrong")
    try expect(Array(good.dropLast(1024)), at: good.count - 1024, "two blocks of zeros")
    try expect(Array(good.prefix(second + 512)), at: second, "ends inside a member")
    let endless = tarMember(
      name: Array("a".utf8), [], flag: "0", size: Array("77777777777\0".utf8))
    try expect(endless, at: 0, "ends inside a member")
    try expect(
      tarMember(name: Array("a".utf8), [], flag: "0", size: Array("a lot of it\0".utf8)), at: 0,
      "is not a number")
    try expect(tarMember(name: [0xff], [], flag: "0"), at: 0, "not printable UTF-8 ('\\xFF')")
    try expect(tarMember(name: Array("a".utf8), [], flag: "S"), at: 0, "a file with holes")
    try expect(
      tarMember(name: Array("x".utf8), Array("99 path=a\n".utf8), flag: "x"), at: 0,
      "extended header of a member is damaged")
    try expect(
      tar([TarEntry("a/1.png", greyPNG(1)), TarEntry("./a/1.png", greyPNG(1))]), at: nil,
      in: ":a/1.png", "is there twice")
  }

  @Test("Packed archives and other files are named as such")
  func others() throws {
    let packed = try folder.write(gzip(tar([TarEntry("a/1.png", greyPNG(1))])), to: "a.tar.gz")
    expectError(.invalid, packed, offset: 0, mentions: "gzip data", "gzip -d") {
      _ = try TarPictures([packed])
    }
    let absent = "\(folder.path)/none.tar"
    expectError(.missing, absent) { _ = try TarPictures([absent]) }
    #expect(TarPath.isThere("\(packed)/cat") && !TarPath.isThere(absent))
  }
}
