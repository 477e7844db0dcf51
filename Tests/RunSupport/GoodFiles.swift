import Foundation
import TestSupport

/// A folder with a configuration and data that would train, for a test to damage.
package final class GoodFiles: Sendable {
  /// Images of 8 × 8 pixels with labels of four classes.
  package static let counts = (train: 64, test: 16)

  private let folder: TemporaryFolder

  package var path: String { folder.path }

  package init() throws {
    folder = try TemporaryFolder()
    try write("train-images", Self.images(Self.counts.train))
    try write("train-labels", Self.labels(Self.counts.train))
    try write("test-images", Self.images(Self.counts.test))
    try write("test-labels", Self.labels(Self.counts.test))
    try write("run.toml", Array(Self.configuration.utf8))
  }

  /// Writes a file of the folder.
  package func write(_ name: String, _ bytes: [UInt8]) throws {
    try folder.write(bytes, to: name)
  }

  /// Changes the bytes of a file of the folder.
  package func change(_ name: String, as newName: String? = nil, _ body: (inout [UInt8]) -> Void)
    throws
  {
    var bytes = Array(try Data(contentsOf: URL(filePath: path).appending(path: name)))
    body(&bytes)
    try write(newName ?? name, bytes)
  }

  /// Makes a pipe that nobody writes to.
  package func makePipe(_ name: String) throws {
    guard unsafe mkfifo("\(path)/\(name)", 0o644) == 0 else {
      throw CocoaError(.fileWriteUnknown)
    }
  }

  package static let configuration = """
    [model]
    image_size = [8, 8]
    patch_size = [4, 4]
    d_model = 16
    d_ffn = 32
    num_layers = 2
    num_classes = 4
    [data]
    train = ["train-images", "train-labels"]
    test = ["test-images", "test-labels"]
    [train]
    epochs = 2
    global_batch_size = 16
    micro_batch_size = 2
    [schedule]
    warmup_steps = 0

    """

  /// An IDX file of images in which nothing is random.
  package static func images(_ count: Int) -> [UInt8] {
    let pixels = (0..<count * 64).map { (pixel: Int) in UInt8((pixel * 97 + pixel / 64 * 31) % 251)
    }
    return IDXBytes.images(count, rows: 8, columns: 8, pixels: pixels)
  }

  /// An IDX file of labels.
  package static func labels(_ count: Int) -> [UInt8] {
    IDXBytes.labels((0..<count).map { UInt8($0 % 4) })
  }

  /// A gzip file in which the first 65,535 bytes of `content` are stored as they are, without the
  /// trailer that closes such a file.
  package static func gzipWithoutEnd(_ content: [UInt8]) -> [UInt8] {
    let stored = content.prefix(65_535)
    let length = UInt16(stored.count)
    let sizes = [length, ~length].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1]
    return header + sizes + stored
  }

  /// A safetensors file with one tensor of floats, all equal to `value`.
  package static func safetensors(_ name: String, shape: [Int], value: Float = 0) -> [UInt8] {
    let count = shape.reduce(1, *)
    let header =
      #"{"\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":[0,\#(4 * count)]}}"#
    let floats = Array(repeating: littleEndian(UInt64(value.bitPattern)).prefix(4), count: count)
    return littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + Array(floats.joined())
  }

  private static func littleEndian(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
