import Datasets
import TestSupport

/// `TarPictures`: class folders, archives in an archive, WebDataset, long names of both kinds.
struct TarReader: FuzzedReader {
  static let name = "tar"

  let seeds: [FuzzSeed]
  let words = ["ustar", "path=", "size=", "../", ".tar", ".cls", "20 size=8589934592\n"]

  init(in folder: String) throws {
    let long = "cat/" + String(repeating: "x", count: 120) + ".png"
    let inner = tar([TarEntry("1.png", greyPNG(1)), TarEntry("2.png", greyPNG(2))])
    let entries = [TarEntry("dog/", flag: "5"), TarEntry("dog/1.png", greyPNG(3))]
    let archives = [
      tar(entries + [TarEntry(long, greyPNG(4))]),
      tar(entries + [TarEntry(long, greyPNG(4))], isGNU: true),
      tar([TarEntry("n01.tar", inner), TarEntry("n02.tar", inner)]),
      tar([TarEntry("a/1.jpg", greyPNG(5)), TarEntry("a/1.cls", Array("7".utf8))]),
    ]
    seeds = try archives.map { try FuzzSeed($0, to: "\(folder)/set.tar") }
  }

  /// Whole blocks, the checksum of each that looks like a header, and the zeros at the end.
  func mend(_ bytes: [UInt8], of seed: FuzzSeed) -> [UInt8] {
    var mended: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 512) {
      let part = bytes[start..<min(start + 512, bytes.count)]
      let block = part + [UInt8](repeating: 0, count: 512 - part.count)
      let isHeader = block[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8)
      mended += isHeader ? mendTarHeader(Array(block)) : Array(block)
    }
    return mended + [UInt8](repeating: 0, count: 1024)
  }

  func read(_ seed: FuzzSeed) throws { try readAll(TarPictures([seed.path])) }

  func isRefusal(_ error: any Error) -> Bool { isDatasetRefusal(error) }
}

/// Reads every picture of `source`, and looks for numbers that cannot be.
func readAll(_ source: some EncodedImageSource) throws {
  guard source.count > 0 else { throw FuzzFinding(description: "a set of no pictures is taken") }
  if let names = source.classNames, names.count != source.classCount {
    throw FuzzFinding(description: "\(names.count) names of \(source.classCount) classes")
  }
  for sample in 0..<source.count {
    _ = try source.bytes(of: sample)
    _ = source.location(of: sample)
    let label = source.label(of: sample)
    guard 0 <= label, label < source.classCount else {
      throw FuzzFinding(description: "label \(label) of \(source.classCount) classes is taken")
    }
  }
}
