@testable import Datasets

/// Pictures in memory with their labels.
struct MemoryPictures: EncodedImageSource {
  var files: [[UInt8]]
  var labels: [Int32]
  var classNames: [String]? = ["cat", "dog"]
  /// The picture that the disk refuses.
  var failing: Int?

  var count: Int { files.count }
  var classCount: Int { classNames?.count ?? Int(labels.max() ?? 0) + 1 }
  var digest: String { "in memory" }

  func bytes(of sample: Int) throws(DatasetError) -> [UInt8] {
    guard sample != failing else {
      throw DatasetError(.inputOutput, location(of: sample), "cannot be read")
    }
    return files[sample]
  }

  func label(of sample: Int) -> Int32 { labels[sample] }
  func location(of sample: Int) -> FileLocation { FileLocation("memory/\(sample).png") }
}
