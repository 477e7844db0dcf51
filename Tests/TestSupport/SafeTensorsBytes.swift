import Foundation

/// The bytes of a small, trusted .safetensors file, taken apart to be put together otherwise.
public struct SafeTensorsBytes {
  /// A tensor with its data.
  public struct Tensor {
    /// The name of its type.
    public var type: String
    /// Its extents.
    public var shape: [Int]
    /// Its elements as they are stored.
    public var data: [UInt8]

    /// A tensor.
    public init(type: String, shape: [Int], data: [UInt8]) {
      self.type = type
      self.shape = shape
      self.data = data
    }
  }

  /// The tensors by name.
  public var tensors: [String: Tensor] = [:]

  /// No tensors.
  public init() {}

  /// Reads the file at `path`; throws if it is anything else.
  public init(_ path: String) throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length]))
    guard let entries = header as? [String: [String: Any]] else {
      throw TensorFile.Malformed(name: "header")
    }
    for (name, entry) in entries where name != "__metadata__" {
      guard let type = entry["dtype"] as? String, let shape = entry["shape"] as? [Int],
        let offsets = entry["data_offsets"] as? [Int]
      else { throw TensorFile.Malformed(name: name) }
      let data = bytes[(8 + length + offsets[0])..<(8 + length + offsets[1])]
      tensors[name] = Tensor(type: type, shape: shape, data: Array(data))
    }
  }

  /// The same tensors under other names.
  public func renamed(_ newName: (String) -> String) -> SafeTensorsBytes {
    var result = self
    result.tensors = Dictionary(uniqueKeysWithValues: tensors.map { (newName($0), $1) })
    return result
  }

  /// The file.
  public var bytes: [UInt8] {
    var entries: [String] = []
    var data: [UInt8] = []
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let offsets = "\(data.count),\(data.count + tensor.data.count)"
      entries.append(
        "\"\(name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":\(tensor.shape),"
          + "\"data_offsets\":[\(offsets)]}")
      data += tensor.data
    }
    let header = Array("{\(entries.joined(separator: ","))}".utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + data
  }
}
