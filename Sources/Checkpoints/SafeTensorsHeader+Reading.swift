import Files

extension SafeTensorsHeader {
  /// Reads and checks the header of `file`, trusting nothing in it.
  init(reading file: OpenFile) throws(CheckpointError) {
    let path = file.path
    let fileLength = try file.length()
    let start = try Self.bytes(of: file, 0..<min(fileLength, FileKind.prefixBytes))
    try Self.refuseOtherFormats(start, path)
    guard fileLength >= 8 else {
      throw .damaged(path, at: fileLength, "the file ends within the 8 bytes of header length")
    }
    let length = start.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
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

  /// Says what another file is; what begins as no known kind is judged by its header.
  private static func refuseOtherFormats(
    _ start: [UInt8], _ path: String
  ) throws(CheckpointError) {
    guard let kind = FileKind(of: start), !kind.isSafeTensors else { return }
    throw CheckpointError(
      .invalid, path, at: kind.isPlainText || kind.isZeros ? 0 : nil,
      "this is \(kind), not a safetensors file",
      advice: kind.adviceForWeights ?? "name a .safetensors file")
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
      // A type that is not known may have elements of any size, of less than a byte too.
      let expected = SafeTensor.byteCount(tensor.shape, size: tensor.type?.size ?? 1)
      guard let expected, tensor.type == nil || expected == tensor.bytes.count else {
        throw .damaged(
          path, at: dataStart + end,
          "tensor \(name) of shape \(tensor.shape) and type "
            + "\(CheckpointError.printable(tensor.typeName)) has \(tensor.bytes.count) bytes")
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
