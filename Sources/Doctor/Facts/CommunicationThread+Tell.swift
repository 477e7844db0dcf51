import Comm
import Foundation

extension CommunicationThread {
  /// What every rank tells, in the order of ranks, on every rank; collective.
  package func tell<Value: Codable & Sendable>(_ value: Value) throws -> [Value] {
    let bytes = [UInt8](try JSONEncoder().encode(value))
    return try perform { try $0.allGather(bytes) }
      .map { try JSONDecoder().decode(Value.self, from: Data($0)) }
  }
}
