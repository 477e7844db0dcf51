import Datasets
import TestSupport
import Testing

@Suite("CIFAR-100 files")
struct CIFAR100Tests {
  private let folder: TemporaryFolder
  private let memory = MemorySource(
    count: 4, imageShape: ImageShape(channels: 3, rows: 32, columns: 32), classCount: 100)

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Records with a group of classes before the class.
  private func bytes() -> [UInt8] {
    (0..<memory.count).flatMap {
      [UInt8($0 + 16), UInt8(memory.label(of: $0))] + memory.pixels(of: $0)
    }
  }

  @Test("The second byte is the class, and pixels follow")
  func reading() throws {
    let path = try folder.write(bytes(), to: "train.bin")
    let source = try openPixels(format: .cifar100, files: [path], split: .train)
    #expect(source.count == 4 && source.classCount == 10)
    for sample in 0..<4 {
      #expect(try source.pixelArray(of: sample) == memory.pixels(of: sample))
      #expect(source.label(of: sample) == memory.label(of: sample))
    }
    #expect(source.digest == (try memory.computeDigest()))
    #expect(source.labelLocation(of: 1).offset == 3075)
  }

  @Test("Groups above 19, classes above 99 and other lengths are refused at their byte")
  func damage() throws {
    func expect(_ offset: Int, _ word: String, change: (inout [UInt8]) -> Void) throws {
      var bytes = bytes()
      change(&bytes)
      let path = try folder.write(bytes, to: "bad.bin")
      expectError(.invalid, path, offset: offset, mentions: word, "CIFAR-100") {
        _ = try CIFARSource(files: [path], version: .cifar100)
      }
    }
    try expect(3074, "0 to 19") { $0[3074] = 20 }
    try expect(3075, "0 to 99") { $0[3075] = 100 }
    try expect(3 * 3074, "3073 of 3074") { $0.removeLast() }
  }
}
