extension SafeTensorsHeader {
  /// Reads and checks the header of `file`, trusting nothing in it.
  init(reading file: OpenFile) throws(CheckpointError) {
    let path = file.path
    let fileLength = try file.length()
    guard fileLength >= 8 else {
      throw .damaged(path, at: fileLength, "the file ends within the 8 bytes of header length")
    }
    let prefix = try Self.bytes(of: file, 0..<8)
    try Self.refuseOtherFormats(prefix, path)
    let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(min(fileLength - 8, Self.largestLength)) else {
      throw .damaged(
        path, at: 0, "the header's length is \(length) in a file of \(fileLength) bytes")
    }
    let end = 8 + Int(length)
    var scanner = HeaderScanner(try Self.bytes(of: file, 8..<end), of: path)
    (tensors, metadata) = try scanner.header()
    dataStart = end
    try checkLayout(path, available: fileLength - end)
  }

  private static func bytes(
    of file: OpenFile, _ range: Range<Int>
  ) throws(CheckpointError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: range.count)
    var span = result.mutableSpan
    try file.read(at: range.lowerBound, into: &span)
    return result
  }

  /// PyTorch's own files are zip archives or pickles; running what they hold is not for us.
  private static func refuseOtherFormats(
    _ prefix: [UInt8], _ path: String
  ) throws(CheckpointError) {
    if prefix.starts(with: Array("PK\u{3}\u{4}".utf8)) || prefix.starts(with: [0x80, 0x02]) {
      throw CheckpointError(
        .invalid, path, "this is a PyTorch archive, not a safetensors file",
        advice: "convert it in Python with safetensors.torch.save_file("
          + "torch.load(path, weights_only=True), \"weights.safetensors\")")
    }
  }

  /// The data are covered by the tensors from the first byte to the last, each byte once.
  private func checkLayout(_ path: String, available: Int) throws(CheckpointError) {
    var end = 0
    for tensor in tensors {
      let name = CheckpointError.printable(tensor.name)
      guard tensor.bytes.lowerBound == end else {
        throw .damaged(
          path, at: dataStart + end,
          "the data of tensor \(name) begin at \(tensor.bytes.lowerBound) instead of \(end)")
      }
      guard SafeTensor.byteCount(tensor.shape, tensor.type) == tensor.bytes.count else {
        throw .damaged(
          path, at: dataStart + end,
          "tensor \(name) of shape \(tensor.shape) and type \(tensor.type.rawValue) has "
            + "\(tensor.bytes.count) bytes")
      }
      end = tensor.bytes.upperBound
      // Beyond the file there may be no number for a place any more.
      guard end <= available else { break }
    }
    guard end == available else {
      throw .damaged(
        path, at: dataStart + min(end, available),
        "the header describes \(end) bytes of data and the file has \(available)")
    }
  }
}
