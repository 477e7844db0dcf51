import Datasets

/// Reads every sample of `source`, and looks for numbers that cannot be.
func readAll(_ source: some ImageSource) throws {
  guard source.count > 0 else { throw FuzzFinding(description: "a set of no samples is taken") }
  var pixels = [UInt8](repeating: 0, count: source.imageShape.count)
  for sample in 0..<source.count {
    var span = pixels.mutableSpan
    try source.copyPixels(of: sample, into: &span)
    let label = source.label(of: sample)
    guard 0 <= label, label < source.classCount else {
      throw FuzzFinding(description: "label \(label) of \(source.classCount) classes is taken")
    }
    _ = source.labelLocation(of: sample)
  }
}

/// Whether `error` is what the readers of data say of bad content.
func isDatasetRefusal(_ error: any Error) -> Bool { (error as? DatasetError)?.code == .invalid }
