import Datasets

/// A data set that is one object, so that a test sees when nobody holds it any more.
final class HeldSource: ImageSource {
  private let memory = MemorySource()

  var count: Int { memory.count }
  var imageShape: ImageShape { memory.imageShape }
  var classCount: Int { memory.classCount }
  var digest: String { memory.digest }
  var imageShapeLocation: FileLocation { memory.imageShapeLocation }

  func copyPixels(
    of sample: Int, into pixels: inout MutableSpan<UInt8>
  ) throws(DatasetError) {
    try memory.copyPixels(of: sample, into: &pixels)
  }

  func label(of sample: Int) -> Int32 { memory.label(of: sample) }

  func labelLocation(of sample: Int) -> FileLocation { memory.labelLocation(of: sample) }
}
