public import Comm
internal import Foundation

/// A fault of the start, as one line and an exit code.
public struct StartError: Error, CustomStringConvertible, Sendable {
  /// What is wrong, where, and what to do.
  public let description: String
  /// The exit code.
  public let exitCode: Int32

  /// A fault with its exit code.
  public init(_ description: String, exitCode: Int32) {
    self.description = description
    self.exitCode = exitCode
  }
}

/// The ranks tell each other how their start went, before any of them begins to wait for another.
public enum StartAgreement {
  /// The value that every rank has, if none of them failed to get it.
  ///
  /// - Parameters:
  ///   - result: this rank's value or its fault.
  ///   - communication: the ranks.
  /// - Throws: ``StartError`` on all ranks if one of them failed.
  /// - Returns: this rank's value.
  public static func agree<Value, Failure>(
    on result: Result<Value, Failure>, _ communication: CommunicationThread
  ) throws -> Value {
    switch result {
    case .success: try check(.success([]), communication)
    case .failure(let error): try check(.failure(StartError(describing: error)), communication)
    }
    return try result.get()
  }

  /// Ends with the same error on all ranks if one of them failed, or if their facts differ.
  ///
  /// - Parameters:
  ///   - result: this rank's facts, each with its name, or its fault.
  ///   - communication: the ranks.
  /// - Throws: ``StartError`` whose text names the ranks, unless all have the same fault.
  static func check(
    _ result: Result<[(name: String, value: String)], StartError>,
    _ communication: CommunicationThread
  ) throws {
    let record: [String] =
      switch result {
      case .success(let facts): ["0"] + facts.flatMap { [$0.name, $0.value] }
      case .failure(let error): ["\(error.exitCode)", error.description]
      }
    let bytes = Array(record.joined(separator: "\0").utf8)
    let all = try communication.perform { try $0.allGather(bytes) }.map {
      String(decoding: $0, as: UTF8.self).components(separatedBy: "\0")
    }
    try checkFaults(all)
    try checkFacts(all)
  }

  private static func checkFaults(_ records: [[String]]) throws(StartError) {
    let failed = records.indices.filter { records[$0][0] != "0" }
    guard let first = failed.first else { return }
    let text = records[first][1]
    let isShared = failed.count == records.count && records.allSatisfy { $0 == records[first] }
    throw StartError(
      isShared ? text : "rank \(first): \(text)", exitCode: Int32(records[first][0]) ?? 70)
  }

  private static func checkFacts(_ records: [[String]]) throws(StartError) {
    for rank in records.indices {
      for fact in stride(from: 1, to: records[0].count - 1, by: 2)
      where records[rank][fact + 1] != records[0][fact + 1] {
        throw StartError(
          "rank \(rank): the \(records[0][fact]) is \(records[rank][fact + 1]) but "
            + "\(records[0][fact + 1]) on rank 0; give all ranks the same files and program",
          exitCode: 65)
      }
    }
  }
}
