import Files

/// The header of a safetensors file: 8 bytes of length, then JSON with the place of each tensor.
///
/// - Note: Source: the format's description in the safetensors repository, version 0.4 and later.
struct SafeTensorsHeader: Sendable, Equatable {
  /// The longest header that is read, as in the reference implementation.
  static let largestLength = 100_000_000

  /// The tensors in the order of their data, which is free of holes and overlaps.
  let tensors: [SafeTensor]
  /// Free text by key.
  let metadata: [String: String]
  /// The bytes in front of the data: length, JSON, and spaces; ours end at a multiple of 64.
  let encoded: [UInt8]

  /// The byte of the file at which the data begin.
  var dataStart: Int { encoded.count }

  /// The bytes of data after the header.
  var dataLength: Int { tensors.last?.bytes.upperBound ?? 0 }
}

extension SafeTensorsHeader {
  /// Lays out fp32 tensors in the byte order of their names.
  ///
  /// - Precondition: names are unique and none is `__metadata__`; extents are not negative.
  init(laying tensors: [(name: String, shape: [Int])], metadata: [String: String]) {
    precondition(
      Set(tensors.map(\.name)).count == tensors.count, "two tensors of one file have one name")
    let type = SafeTensor.ElementType.float32
    let sorted = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    var end = 0
    self.tensors = sorted.map { name, shape in
      precondition(name != Self.metadataKey, "no tensor may be called \(name)")
      precondition(shape.allSatisfy { $0 >= 0 }, "tensor \(name) of shape \(shape)")
      guard let bytes = SafeTensor.byteCount(shape, size: type.size) else {
        preconditionFailure("tensor \(name) of shape \(shape) is too large")
      }
      defer { end += bytes }
      return SafeTensor(
        name: name, typeName: type.rawValue, shape: shape, bytes: end..<(end + bytes))
    }
    self.metadata = metadata
    encoded = Self.encode(self.tensors, metadata)
  }

  static let metadataKey = "__metadata__"

  private static func encode(_ tensors: [SafeTensor], _ metadata: [String: String]) -> [UInt8] {
    var entries: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\(quoted($0.key)):\(quoted($0.value))" }
      entries.append("\(quoted(metadataKey)):{\(pairs.joined(separator: ","))}")
    }
    for tensor in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let offsets = "\(tensor.bytes.lowerBound),\(tensor.bytes.upperBound)"
      entries.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.typeName)\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(offsets)]}")
    }
    var json = Array("{\(entries.joined(separator: ","))}".utf8)
    while (json.count + 8) % 64 != 0 { json.append(UInt8(ascii: " ")) }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }
    return length + json
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

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
    let json = try Self.bytes(of: file, 8..<(8 + Int(length)))
    encoded = start.prefix(8) + json
    var scanner = HeaderScanner(json, of: path)
    (tensors, metadata) = try scanner.header()
    try checkLayout(path, available: fileLength - dataStart)
  }

  private static func bytes(
    of file: OpenFile, _ range: Range<Int>
  ) throws(CheckpointError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: range.count)
    var span = result.mutableSpan
    try file.read(at: range.lowerBound, into: &span)
    return result
  }

  /// Reports the kind of another file; a file of unknown kind is judged by its header.
  private static func refuseOtherFormats(
    _ start: [UInt8], _ path: String
  ) throws(CheckpointError) {
    guard let kind = FileKind(of: start), !kind.isSafeTensors else { return }
    throw CheckpointError(
      .invalid, path, at: kind.isPlainText || kind.isZeros ? 0 : nil,
      "this is \(kind), not a safetensors file",
      advice: kind.adviceForWeights(at: path) ?? "name a .safetensors file")
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
      // An unknown type may have elements of any size, even less than a byte.
      let expected = SafeTensor.byteCount(tensor.shape, size: tensor.type?.size ?? 1)
      guard let expected, tensor.type == nil || expected == tensor.bytes.count else {
        throw .damaged(
          path, at: dataStart + end,
          "tensor \(name) of shape \(tensor.shape) and type "
            + "\(CheckpointError.printable(tensor.typeName)) has \(tensor.bytes.count) bytes")
      }
      end = tensor.bytes.upperBound
      // An offset beyond the file may not be representable.
      guard end <= available else { break }
    }
    guard end == available else {
      throw .damaged(
        path, at: dataStart + min(end, available),
        "the header describes \(end) bytes of data and the file has \(available)")
    }
  }
}
