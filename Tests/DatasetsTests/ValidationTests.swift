import Datasets
import TestSupport
import Testing

@Suite("Data set against model")
struct ValidationTests {
  private let source = MemorySource()

  @Test("A set that fits passes, with classes to spare too", arguments: [10, 11])
  func fits(classes: Int) throws {
    try source.validate(imageShape: source.imageShape, classes: classes)
  }

  @Test("Another image size is refused with both sizes")
  func shape() {
    expectError(.invalid, "memory", mentions: "3×4", "28×28", "image_size") {
      try source.validate(
        imageShape: ImageShape(channels: 1, rows: 28, columns: 28), classes: 10)
    }
  }

  @Test("The first label out of range is named with its byte")
  func labels() throws {
    // Labels are 0, 3, 6, 9, …: sample 3 is the first of more than 7 classes.
    expectError(.invalid, "memory", offset: 3, mentions: "label 9", "7 classes") {
      try source.validate(imageShape: source.imageShape, classes: 7)
    }
    let folder = try TemporaryFolder()
    let path = try folder.write(gzip(idxLabels(source)), to: "l.gz")
    let idx = try IDXSource(images: folder.write(idxImages(source), to: "i"), labels: path)
    expectError(.invalid, path, offset: 8 + 3, mentions: "unpacked") {
      try idx.validate(imageShape: idx.imageShape, classes: 7)
    }
  }
}
