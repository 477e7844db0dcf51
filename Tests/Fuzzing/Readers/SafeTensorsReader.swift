import Checkpoints

/// `SafeTensorsFile`: header and data.
struct SafeTensorsReader: FuzzedReader {
  static let name = "safetensors"

  let seeds: [FuzzSeed]
  let words = [
    "{", "}", "[", "]", "\"", ",", ":", "\\u0000", "\\ud800", "9223372036854775807", "-1", "1e3",
    "\"__metadata__\":{", "\"F64\"", "\"BF16\"", "\"F8_E4M3\"", "0,0", "[[[[[[[[", "\u{0}",
  ]

  init(in folder: String) throws {
    let path = "\(folder)/weights.safetensors"
    let sets: [[(name: String, shape: [Int])]] = [
      [("blocks.0.weight", [3, 5]), ("blocks.0.bias", [5]), ("größe", []), ("none", [0, 4])],
      [("a", [2])],
      [],
    ]
    seeds = try sets.map { tensors in
      let writer = try SafeTensorsWriter(
        path: path, tensors: tensors, metadata: ["format": "pt", "more": "\"\\\n"])
      for (name, shape) in tensors {
        let values = (0..<shape.reduce(1, *)).map { Float($0) / 4 }
        try writer.write(values.span, tensor: name)
      }
      _ = try writer.finish()
      return try FuzzSeed(path)
    }
  }

  /// The length of the header, so that the data are as long as they were.
  func mend(_ bytes: [UInt8], of seed: FuzzSeed) -> [UInt8] {
    let header = seed.bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let length = bytes.count - (seed.bytes.count - header)
    guard length >= 0 else { return bytes }
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + bytes.dropFirst(8)
  }

  func read(_ seed: FuzzSeed) throws {
    let file = try SafeTensorsFile(path: seed.path)
    for tensor in file.tensors.values {
      var bytes = [UInt8](repeating: 0, count: tensor.bytes.count)
      var span = bytes.mutableSpan
      try file.readBytes(tensor.name, at: 0, into: &span)
      guard let type = tensor.type else { continue }
      for element in 0..<tensor.count {
        let start = element * type.size
        _ = type.value(bytes[start..<start + type.size])
      }
      if [.float16, .bfloat16, .float32, .float64].contains(type) {
        var values = [Float](repeating: 0, count: tensor.count)
        var floats = values.mutableSpan
        try file.read(tensor.name, into: &floats)
      }
    }
  }

  func isRefusal(_ error: any Error) -> Bool { (error as? CheckpointError)?.code == .invalid }
}
