import Datasets
import TestSupport
import Testing

@Suite("CIFAR-10 files")
struct CIFAR10Tests {
  private let folder: TemporaryFolder
  private let memory = MemorySource(
    count: 5, imageShape: ImageShape(channels: 3, rows: 32, columns: 32))

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("Files follow one another, and the digest does not depend on where they are cut")
  func reading() throws {
    let bytes = try cifar10(memory)
    let whole = try CIFARSource(files: [folder.write(bytes, to: "all.bin")])
    let parts = try CIFARSource(files: [
      folder.write(Array(bytes.prefix(2 * 3073)), to: "1.bin"),
      folder.write(gzip(Array(bytes.dropFirst(2 * 3073))), to: "2.bin.gz"),
    ])
    for source in [whole, parts] {
      #expect(source.count == 5)
      #expect(source.imageShape == memory.imageShape)
      for sample in 0..<5 {
        #expect(try source.pixelArray(of: sample) == memory.pixels(of: sample))
        #expect(source.label(of: sample) == memory.label(of: sample))
      }
    }
    #expect(whole.digest == parts.digest)
    #expect(whole.digest == (try memory.computeDigest()))
    #expect(parts.labelLocation(of: 3).offset == 3073)
  }

  @Test("A file with a partial record is refused there")
  func wrongSize() throws {
    let path = try folder.write(Array(try cifar10(memory).dropLast(1)), to: "short.bin")
    expectError(.invalid, path, offset: 4 * 3073, mentions: "3072", "3073") {
      _ = try CIFARSource(files: [path])
    }
  }

  @Test("A label above 9 is refused at its byte")
  func labelOutOfRange() throws {
    var bytes = try cifar10(memory)
    bytes[3 * 3073] = 10
    let path = try folder.write(bytes, to: "bad.bin")
    expectError(.invalid, path, offset: 3 * 3073, mentions: "10") {
      _ = try CIFARSource(files: [path])
    }
  }

  @Test("Empty and missing files are refused")
  func emptyAndMissing() throws {
    let empty = try folder.write([], to: "empty.bin")
    expectError(.invalid, empty, offset: 0, mentions: "empty") {
      _ = try CIFARSource(files: [empty])
    }
    let missing = folder.path + "/missing.bin"
    expectError(.missing, missing) { _ = try CIFARSource(files: [missing]) }
    expectError(.invalid, "[data] train") {
      _ = try openImages(format: .cifar10, files: [], split: .train)
    }
  }
}
