/// A safetensors file open for reading: its header is checked, its data stay on the disk.
///
/// Elements are read straight into the caller's memory. Nothing is mapped: a file cut short by
/// another process during a read is then an error with an offset, not a crash.
public final class SafeTensorsFile: Sendable {
  /// The file's path.
  public let path: String
  /// The tensors by name.
  public let tensors: [String: SafeTensor]
  /// The text that the writer added, by key.
  public let metadata: [String: String]

  private let file: OpenFile
  private let header: SafeTensorsHeader

  /// Opens the file at `path` and checks its header against the length of the file.
  ///
  /// - Throws: ``CheckpointError``: `.missing`, `.inputOutput`, or `.invalid` with an offset for a
  ///   header that is not well formed, has overlapping tensors, holes, or lengths that disagree.
  public init(path: String) throws(CheckpointError) {
    file = try OpenFile(reading: path)
    header = try SafeTensorsHeader(reading: file)
    self.path = path
    tensors = Dictionary(uniqueKeysWithValues: header.tensors.map { ($0.name, $0) })
    metadata = header.metadata
  }

  /// The tensor called `name`.
  ///
  /// - Throws: ``CheckpointError`` `.missing` that names file and tensor.
  public func tensor(_ name: String) throws(CheckpointError) -> SafeTensor {
    guard let tensor = tensors[name] else {
      throw CheckpointError(
        .missing, path, "no tensor is called \(name)",
        advice: "check that the file belongs to this model")
    }
    return tensor
  }

  /// Reads consecutive elements of a tensor as floats.
  ///
  /// F16, BF16 and F64 are converted, F64 by rounding to the nearest float.
  ///
  /// - Parameters:
  ///   - name: the tensor.
  ///   - element: the first element to read, row-major.
  ///   - values: (n) receives elements `element` to `element` + n − 1.
  /// - Precondition: these elements exist.
  /// - Throws: ``CheckpointError``: `.missing` for an unknown name, `.invalid` for elements that
  ///   are not floating-point numbers, `.inputOutput` if reading fails.
  public func read(
    _ name: String, at element: Int = 0, into values: inout MutableSpan<Float>
  ) throws(CheckpointError) {
    try read(name, at: element, into: &values, nil)
  }

  /// A digest of this file that has the bytes of the header, for ``read(_:into:appendingTo:)``.
  package func digest() -> SafeTensorsDigest {
    SafeTensorsDigest(file, header.encoded, length: header.dataStart + header.dataLength)
  }

  /// Reads all elements of a tensor as ``read(_:at:into:)`` does, and appends its bytes to a digest.
  ///
  /// - Parameters:
  ///   - name: the tensor.
  ///   - values: (n) receives the tensor's n elements.
  ///   - digest: one of this file; bytes in front of the tensor that it lacks are fetched for it.
  /// - Precondition: the digest has no byte of the tensor: who reads several takes them in the order of the file.
  /// - Throws: ``CheckpointError`` as ``read(_:at:into:)``.
  package func read(
    _ name: String, into values: inout MutableSpan<Float>, appendingTo digest: SafeTensorsDigest
  ) throws(CheckpointError) {
    let tensor = try tensor(name)
    precondition(
      values.count == tensor.count,
      "\(values.count) elements for \(tensor.count) of tensor \(name)")
    try digest.skip(to: header.dataStart + tensor.bytes.lowerBound)
    try read(name, at: 0, into: &values, digest)
  }

  private func read(
    _ name: String, at element: Int, into values: inout MutableSpan<Float>,
    _ digest: SafeTensorsDigest?
  ) throws(CheckpointError) {
    let tensor = try tensor(name)
    precondition(
      element >= 0 && values.count <= tensor.count - element,
      "elements \(element) to \(element + values.count) of \(tensor.count) of tensor \(name)")
    let size = tensor.type?.size ?? 1
    let start = header.dataStart + tensor.bytes.lowerBound + element * size
    switch tensor.type {
    case .float32:
      try file.read(at: start, into: &values)
      if let digest { digest.append(values.span) }
    case .float16:
      try convert(start, into: &values, digest) { (bits: UInt16) in
        Float(Float16(bitPattern: bits))
      }
    case .bfloat16:
      try convert(start, into: &values, digest) { (bits: UInt16) in
        Float(bitPattern: UInt32(bits) << 16)
      }
    case .float64:
      try convert(start, into: &values, digest) { (bits: UInt64) in
        Float(Double(bitPattern: bits))
      }
    default: throw Self.notFloats(tensor, in: path)
    }
  }

  /// Throws if ``read(_:at:into:)`` cannot read tensors of the type of `name`.
  ///
  /// - Throws: ``CheckpointError``: `.missing` for an unknown name, `.invalid` for elements that
  ///   are not floating-point numbers.
  public func requireFloats(_ name: String) throws(CheckpointError) {
    let tensor = try tensor(name)
    switch tensor.type {
    case .float32, .float16, .bfloat16, .float64: return
    default: throw Self.notFloats(tensor, in: path)
    }
  }

  private static func notFloats(_ tensor: SafeTensor, in path: String) -> CheckpointError {
    CheckpointError(
      .invalid, path,
      "tensor \(CheckpointError.printable(tensor.name)) has type "
        + CheckpointError.printable(tensor.typeName), advice: "save it as F32, F16, BF16 or F64")
  }

  /// Reads consecutive bytes of a tensor as they are stored, for any type.
  ///
  /// - Parameters:
  ///   - name: the tensor.
  ///   - byte: the first byte to read, counted from the tensor's own first.
  ///   - bytes: (n) receives bytes `byte` to `byte` + n − 1.
  /// - Precondition: these bytes exist.
  /// - Throws: ``CheckpointError``: `.missing` for an unknown name, `.inputOutput` if reading fails.
  public func readBytes(
    _ name: String, at byte: Int, into bytes: inout MutableSpan<UInt8>
  ) throws(CheckpointError) {
    let tensor = try tensor(name)
    precondition(
      byte >= 0 && bytes.count <= tensor.bytes.count - byte,
      "bytes \(byte) to \(byte + bytes.count) of \(tensor.bytes.count) of tensor \(name)")
    try file.read(at: header.dataStart + tensor.bytes.lowerBound + byte, into: &bytes)
  }

  /// Reads elements stored as `Bits` piece by piece, without a second full copy.
  private func convert<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ start: Int, into values: inout MutableSpan<Float>, _ digest: SafeTensorsDigest?,
    _ value: (Bits) -> Float
  ) throws(CheckpointError) {
    var piece = [Bits](repeating: 0, count: min(values.count, 1 << 16))
    var done = 0
    while done < values.count {
      let count = min(piece.count, values.count - done)
      if count < piece.count { piece.removeLast(piece.count - count) }
      var span = piece.mutableSpan
      try file.read(at: start + done * MemoryLayout<Bits>.size, into: &span)
      if let digest { digest.append(piece.span) }
      for index in 0..<count { values[done + index] = value(piece[index]) }
      done += count
    }
  }
}
