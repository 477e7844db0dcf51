import Datasets
import TestSupport

/// An IDX file with the images of `source`.
func idxImages(_ source: some ImageSource) throws -> [UInt8] {
  let shape = source.imageShape
  return IDXBytes.images(
    source.count, rows: shape.rows, columns: shape.columns,
    pixels: try (0..<source.count).flatMap { try source.pixelArray(of: $0) })
}

/// An IDX file with the labels of `source`.
func idxLabels(_ source: some ImageSource) -> [UInt8] {
  IDXBytes.labels((0..<source.count).map { UInt8(source.label(of: $0)) })
}

/// A CIFAR-10 file with the samples of `source`.
func cifar10(_ source: some ImageSource) throws -> [UInt8] {
  try (0..<source.count).flatMap {
    try [UInt8(source.label(of: $0))] + source.pixelArray(of: $0)
  }
}
