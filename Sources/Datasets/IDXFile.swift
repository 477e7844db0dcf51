/// An IDX file of bytes: a big-endian header and values in row-major order.
///
/// - Note: Source: the format of the MNIST files, Y. LeCun, C. Cortes, C. Burges.
struct IDXFile: Sendable {
  let bytes: MappedBytes

  /// The sizes in the header, the number of samples first; all at least 1.
  let dimensions: [Int]

  /// Opens `path` and checks that it is a whole IDX file with `rank` dimensions.
  init(_ path: String, rank: Int) throws(DatasetError) {
    try self.init(MappedBytes(contentsOf: path), rank: rank)
  }

  /// Checks that `bytes` are a whole IDX file with `rank` dimensions.
  init(_ bytes: MappedBytes, rank: Int) throws(DatasetError) {
    self.bytes = bytes
    let headerBytes = 4 + 4 * rank
    let kind = rank == 1 ? "labels" : "images"
    let magic = 0x0800 + rank
    guard bytes.count >= 4 else {
      throw DatasetError(
        .invalid, bytes.location(bytes.count),
        "the file ends inside the IDX magic number; copy or download it again")
    }
    let found = Self.word(bytes, at: 0)
    guard found == magic else {
      let advice = "name the images first, then the labels"
      let other = DatasetError(
        .invalid, bytes.location(0),
        "magic number \(found) is not \(magic) (IDX \(kind)); \(advice)")
      // The number reveals images and labels in the wrong order.
      let isExchanged = found == 0x0801 || found == 0x0803
      throw isExchanged
        ? other : bytes.unlike("an IDX file of \(kind)", advice: advice, otherwise: other)
    }
    guard bytes.count >= headerBytes else {
      throw DatasetError(
        .invalid, bytes.location(bytes.count),
        "the file ends inside the IDX header of \(headerBytes) bytes; copy or download it again")
    }
    let sizes = (0..<rank).map { [bytes] in Self.word(bytes, at: 4 + 4 * $0) }
    if let empty = sizes.firstIndex(of: 0) {
      throw DatasetError(
        .invalid, bytes.location(4 + 4 * empty),
        empty == 0 ? "the set is empty; name a file with \(kind)" : "images without pixels")
    }
    dimensions = sizes
    try checkLength(headerBytes: headerBytes, kind: kind)
  }

  /// The number of samples.
  var count: Int { dimensions[0] }

  /// The byte at which the values of `sample` begin.
  func offset(of sample: Int) -> Int {
    4 + 4 * dimensions.count + sample * dimensions.dropFirst().reduce(1, *)
  }

  private func checkLength(headerBytes: Int, kind: String) throws(DatasetError) {
    var expected = 1
    var overflows = false
    for size in dimensions {
      let product = expected.multipliedReportingOverflow(by: size)
      overflows = overflows || product.overflow
      expected = product.partialValue
    }
    guard !overflows && bytes.count - headerBytes >= expected else {
      throw DatasetError(
        .invalid, bytes.location(bytes.count),
        "the file ends early: the header promises \(count) \(kind); copy or download it again")
    }
    guard bytes.count - headerBytes == expected else {
      throw DatasetError(
        .invalid, bytes.location(headerBytes + expected),
        "\(bytes.count - headerBytes - expected) more bytes follow the \(count) \(kind) of the "
          + "header; copy or download the file again")
    }
  }

  private static func word(_ bytes: MappedBytes, at offset: Int) -> Int {
    (0..<4).reduce(0) { $0 << 8 | Int(bytes[offset + $1]) }
  }
}
