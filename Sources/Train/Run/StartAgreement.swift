public import Comm
package import Configuration
import Foundation
package import Kernels
import Platform

/// The ranks exchange how their start went, before any of them begins to wait for another.
public enum StartAgreement {
  /// The value that every rank has, if none of them failed to get it.
  ///
  /// - Parameters:
  ///   - result: this rank's value or its fault.
  ///   - communication: the ranks.
  /// - Throws: `CommandError` on all ranks if one of them failed.
  /// - Returns: this rank's value.
  public static func agree<Value, Failure>(
    on result: Result<Value, Failure>, _ communication: CommunicationThread
  ) throws -> Value {
    switch result {
    case .success: try check(.success([]), communication)
    case .failure(let error): try check(.failure(CommandError(describing: error)), communication)
    }
    return try result.get()
  }

  /// Ends with the same error on all ranks if one of them failed, or if their facts differ.
  ///
  /// - Parameters:
  ///   - result: this rank's facts, each with its name, or its fault.
  ///   - communication: the ranks.
  ///   - isOfRankZero: whether only rank zero has tried, for all; then its fault is the fault of all.
  /// - Throws: `CommandError` whose text names the rank, unless all have the same fault.
  package static func check(
    _ result: Result<[StartInvariant], CommandError>, _ communication: CommunicationThread,
    isOfRankZero: Bool = false
  ) throws {
    let all = try gather(result, communication)
    let places = all.indices.map { "rank \($0) on \(all[$0][0])" }
    let records = all.map { Array($0.dropFirst()) }
    try checkFaults(records, isOfRankZero ? [] : places)
    try checkFacts(records, places)
  }

  /// How the start of every rank went, whether they agree or not.
  package static func starts(
    _ result: Result<[StartInvariant], CommandError>, _ communication: CommunicationThread
  ) throws -> [Result<[StartInvariant], CommandError>] {
    try gather(result, communication).map { record in
      let code = Int32(record[1]) ?? ExitCode.internalError.rawValue
      return code == 0
        ? .success(facts(Array(record.dropFirst())))
        : .failure(
          CommandError(record[2], relaying: code))
    }
  }

  /// Host, exit code, and facts or fault of each rank as words.
  private static func gather(
    _ result: Result<[StartInvariant], CommandError>, _ communication: CommunicationThread
  ) throws -> [[String]] {
    var record = [communication.host]
    switch result {
    case .success(let facts): record += ["0"] + facts.flatMap(\.words)
    case .failure(let error): record += ["\(error.exitCode)", error.description]
    }
    let bytes = Array(record.joined(separator: "\0").utf8)
    return try communication.perform { try $0.allGather(bytes) }.map {
      String(decoding: $0, as: UTF8.self).components(separatedBy: "\0")
    }
  }

  /// The facts after the exit code of a record.
  private static func facts(_ record: [String]) -> [StartInvariant] {
    stride(from: 1, to: record.count, by: StartInvariant.wordCount).map {
      StartInvariant(words: record[$0..<$0 + StartInvariant.wordCount])
    }
  }

  private static func checkFaults(
    _ records: [[String]], _ places: [String]
  ) throws(CommandError) {
    let failed = records.indices.filter { records[$0][0] != "0" }
    guard let first = failed.first else { return }
    let text = records[first][1]
    let isShared = places.isEmpty || records.allSatisfy { $0 == records[first] }
    throw CommandError(
      isShared ? text : "\(places[first]): \(text)",
      relaying: Int32(records[first][0]) ?? ExitCode.internalError.rawValue)
  }

  private static func checkFacts(
    _ records: [[String]], _ places: [String]
  ) throws(CommandError) {
    let facts = records.map(Self.facts)
    for rank in facts.indices {
      for (mine, first) in zip(facts[rank], facts[0]) where mine.value != first.value {
        throw CommandError(
          "\(places[rank]): \(mine.subject) differs from rank 0's (\(mine.shortValue) "
            + "here, \(first.shortValue) there); \(mine.advice)", relaying: mine.exitCode)
      }
      // Only one rank was asked to begin with given weights.
      guard facts[rank].count == facts[0].count else {
        throw CommandError(
          "\(places[rank]): was started differently from rank 0; start all ranks with the same options",
          exitCode: .usage)
      }
    }
  }
}

/// Checks for traps that a run makes before its first step; the command passes them in.
package protocol StartChecks {
  /// Asks every rank before it takes memory; collective.
  ///
  /// - Parameters:
  ///   - threads: workers of this rank.
  ///   - products: what will multiply.
  ///   - communication: the ranks.
  /// - Throws: `MPIError`.
  init(
    threads: Int, _ products: ProductLibrary, _ communication: CommunicationThread
  ) throws

  /// Lines for people, none if all is well.
  ///
  /// - Parameters:
  ///   - parts: the run.
  ///   - runDirectory: where it writes, opened by this rank.
  /// - Returns: a line for each trap.
  func lines(_ parts: TrainingParts, runDirectory: String) -> [String]
}
