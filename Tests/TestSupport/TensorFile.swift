public import Foundation

/// The tensors of a small, trusted .safetensors fixture, all read into `Double`.
public struct TensorFile: Sendable {
  /// Values by name.
  public let tensors: [String: [Double]]

  /// Reads a file of F32 and F64 tensors; throws if it is anything else.
  public init(_ url: URL) throws {
    let data = try Data(contentsOf: url)
    let header = 8..<(8 + Int(Self.integer(data.prefix(8))))
    let json = try JSONSerialization.jsonObject(with: data.subdata(in: header))
    guard let entries = json as? [String: [String: Any]] else { throw Malformed(name: "header") }
    var tensors: [String: [Double]] = [:]
    for (name, entry) in entries where name != "__metadata__" {
      guard let offsets = entry["data_offsets"] as? [Int], let type = entry["dtype"] as? String
      else { throw Malformed(name: name) }
      let bytes = data.subdata(
        in: (header.upperBound + offsets[0])..<(header.upperBound + offsets[1]))
      switch type {
      case "F32":
        tensors[name] = stride(from: 0, to: bytes.count, by: 4).map {
          Double(
            Float(bitPattern: UInt32(truncatingIfNeeded: Self.integer(bytes[$0..<($0 + 4)]))))
        }
      case "F64":
        tensors[name] = stride(from: 0, to: bytes.count, by: 8).map {
          Double(bitPattern: Self.integer(bytes[$0..<($0 + 8)]))
        }
      default: throw Malformed(name: name)
      }
    }
    self.tensors = tensors
  }

  /// The values of one tensor; throws if there is none of that name.
  public func callAsFunction(_ name: String) throws -> [Double] {
    guard let values = tensors[name] else { throw Malformed(name: name) }
    return values
  }

  /// The entry that cannot be read.
  public struct Malformed: Error {
    let name: String
  }

  private static func integer(_ bytes: Data) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
