import Datasets
import TestSupport
import Testing

@Suite("IDX files")
struct IDXTests {
  private let folder: TemporaryFolder
  private let images: [UInt8]
  private let labels: [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    images = try idxImages(MemorySource())
    labels = idxLabels(MemorySource())
  }

  @Test("Plain and gzipped files give the samples and one digest")
  func reading() throws {
    let plain = try IDXSource(
      images: folder.write(images, to: "i"), labels: folder.write(labels, to: "l"))
    let packed = try IDXSource(
      images: folder.write(gzip(images), to: "i.gz"), labels: folder.write(gzip(labels), to: "l.gz")
    )
    let expected = MemorySource()
    for source in [plain, packed] {
      #expect(source.count == 10)
      #expect(source.imageShape == expected.imageShape)
      #expect(source.classCount == 10)
      for sample in 0..<10 {
        #expect(try source.pixelArray(of: sample) == expected.pixels(of: sample))
        #expect(source.label(of: sample) == expected.label(of: sample))
      }
    }
    #expect(plain.digest == packed.digest)
    #expect(plain.digest == (try expected.computeDigest()))
    #expect(plain.digest.count == 64)
  }

  @Test("One changed byte of pixels or labels changes the digest")
  func digestCoversContent() throws {
    let imagePath = try folder.write(images, to: "i")
    let labelPath = try folder.write(labels, to: "l")
    let digest = try IDXSource(images: imagePath, labels: labelPath).digest
    var others = (images, labels)
    others.0[images.count - 1] ^= 1
    others.1[8] ^= 1
    let otherImages = try IDXSource(images: folder.write(others.0, to: "j"), labels: labelPath)
    let otherLabels = try IDXSource(images: imagePath, labels: folder.write(others.1, to: "m"))
    #expect(Set([digest, otherImages.digest, otherLabels.digest]).count == 3)
  }

  @Test("Images alone can be read for a prediction")
  func imagesAlone() throws {
    let file = try IDXImages(folder.write(images, to: "i"))
    #expect(file.count == 10)
    #expect(file.imageShape == MemorySource().imageShape)
    var pixels = [UInt8](repeating: 0, count: 12)
    var span = pixels.mutableSpan
    file.copyPixels(of: 9, into: &span)
    #expect(pixels == MemorySource().pixels(of: 9))
  }

  @Test("A file that ends early is refused at its end", arguments: [0, 1, 3, 4, 15, 16, 100, 135])
  func truncated(length: Int) throws {
    let bytes = Array(images.prefix(length))
    let plain = try folder.write(bytes, to: "i")
    expectError(.invalid, plain, offset: length) { _ = try IDXImages(plain) }
    let packed = try folder.write(gzip(bytes), to: "i.gz")
    expectError(.invalid, packed, offset: length, mentions: "unpacked") {
      _ = try IDXImages(packed)
    }
  }

  @Test("Bytes after the last sample are refused")
  func trailing() throws {
    let path = try folder.write(images + [0], to: "i")
    expectError(.invalid, path, offset: images.count, mentions: "1 more") {
      _ = try IDXImages(path)
    }
  }

  @Test("Images and labels in each other's place are recognised by their magic numbers")
  func wrongMagic() throws {
    let path = try folder.write(labels, to: "l")
    expectError(.invalid, path, offset: 0, mentions: "2049", "2051") { _ = try IDXImages(path) }
    let images = try folder.write(images, to: "i")
    expectError(.invalid, images, offset: 0, mentions: "2051", "2049") {
      _ = try IDXSource(images: images, labels: images)
    }
  }

  @Test("Headers without samples or pixels, or of impossible sizes, are refused")
  func emptyAndHuge() throws {
    let empty = try folder.write([2051, 0, 3, 4].flatMap(IDXBytes.bigEndian), to: "empty")
    expectError(.invalid, empty, offset: 4, mentions: "empty") { _ = try IDXImages(empty) }
    let flat = try folder.write([2051, 1, 0, 4].flatMap(IDXBytes.bigEndian), to: "flat")
    expectError(.invalid, flat, offset: 8) { _ = try IDXImages(flat) }
    let huge = try folder.write(
      [2051, 0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF].flatMap(IDXBytes.bigEndian), to: "huge")
    expectError(.invalid, huge, offset: 16) { _ = try IDXImages(huge) }
  }

  @Test("Counts that disagree are refused with both numbers")
  func countsDisagree() throws {
    let imagePath = try folder.write(images, to: "i")
    let labelPath = try folder.write(idxLabels(MemorySource(count: 9)), to: "l")
    expectError(.invalid, labelPath, offset: 4, mentions: "9 labels", "10 images", imagePath) {
      _ = try IDXSource(images: imagePath, labels: labelPath)
    }
  }

  @Test("A missing file and a folder are refused")
  func missing() {
    let path = folder.path + "/none"
    expectError(.missing, path) { _ = try IDXImages(path) }
    expectError(.invalid, folder.path) { _ = try IDXImages(folder.path) }
  }

  @Test("The default data set takes exactly two files", arguments: [0, 1, 3])
  func numberOfFiles(count: Int) {
    let files = Array(repeating: "x", count: count)
    expectError(.invalid, "[data] test", mentions: "two files", "\(count)") {
      _ = try openImages(format: .idx, files: files, split: .test)
    }
  }
}
