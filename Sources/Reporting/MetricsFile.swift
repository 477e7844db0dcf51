package import Checkpoints
import Files
import Foundation
import Synchronization

/// `metrics.jsonl`: one JSON object a line, each line written by one call.
///
/// Several threads append lines. Lines for which the disk has no room are kept and written when it has
/// some again: they are not a reason to end a run.
package final class MetricsFile: Sendable {
  private struct State {
    let handle: FileHandle
    /// The length up to which every line is whole.
    var end: UInt64
    /// Lines that could not be written, in their order.
    var waiting: [Data] = []
    /// Whether people have heard that lines wait.
    var hasToldOfWait = false
  }

  /// The most lines that are kept; then the oldest go.
  private static let maximumWaiting = 100_000

  /// The event that was to stay and is not there: the process ended between the checkpoint and it.
  package let missingEvent: CheckpointEvent?

  private let path: String
  private let state: Mutex<State>

  /// Opens the file at `path` for appending.
  ///
  /// A line of ours that was cut off is removed, because half a line is useless; other text gets a line break.
  ///
  /// - Parameters:
  ///   - path: the file, which need not be there.
  ///   - kept: the part to keep; the rest is about steps that are computed again.
  /// - Throws: ``MetricsError``.
  package init(path: String, keeping kept: KeptMetrics = KeptMetrics()) throws(MetricsError) {
    self.path = path
    do {
      if !FileManager.default.fileExists(atPath: path) {
        try Data().write(to: URL(fileURLWithPath: path))
      }
      let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      var end = try handle.seekToEnd()
      var first: [Data] = []
      var missing: CheckpointEvent?
      if let length = kept.bytes, end >= length {
        missing = kept.event
        // A device, which ends nowhere, has the length 0.
        if end > length {
          try handle.seek(toOffset: UInt64(length))
          let tail = try handle.read(upToCount: Int(end) - length) ?? Data()
          if let line = kept.line(in: tail) { (first, missing) = ([line], nil) }
          end = UInt64(length)
          try handle.truncate(atOffset: end)
        }
      }
      let rest = try Self.unendedLine(handle, end)
      if rest.first == UInt8(ascii: "{") {
        end -= UInt64(rest.count)
        try handle.truncate(atOffset: end)
      } else if !rest.isEmpty {
        first.insert(Data("\n".utf8), at: 0)
      }
      missingEvent = missing
      state = Mutex(State(handle: handle, end: end, waiting: first))
    } catch {
      throw MetricsError(
        "\(path): cannot be opened: \(error.reason); make room or choose another --run-dir")
    }
  }

  /// What follows the last line break, within the last mebibyte.
  private static func unendedLine(_ handle: FileHandle, _ end: UInt64) throws -> Data {
    let start = end - min(end, 1 << 20)
    try handle.seek(toOffset: start)
    let tail = try handle.read(upToCount: Int(end - start)) ?? Data()
    return tail.suffix(
      from: tail.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? tail.startIndex)
  }

  /// The bytes of all lines so far, also of those that wait.
  package var length: Int {
    state.withLock { state in
      state.waiting.reduce(Int(state.end)) { $0 + $1.count }
    }
  }

  /// Appends a line, after those that wait.
  ///
  /// - Returns: a message for people when lines begin to wait; nil if all is well or was reported.
  package func write(_ line: JSONLine) -> String? {
    state.withLock { state in
      state.waiting.append(Data((line.text + "\n").utf8))
      if state.waiting.count > Self.maximumWaiting { state.waiting.removeFirst() }
      do {
        try Self.writeWaiting(&state)
        state.hasToldOfWait = false
        return nil
      } catch {
        defer { state.hasToldOfWait = true }
        return state.hasToldOfWait
          ? nil
          : "\(path): cannot be written: \(error.reason); training continues, and the lines are "
            + "written when there is room"
      }
    }
  }

  /// Writes what waits, for the last time.
  ///
  /// - Throws: ``MetricsError`` if lines are lost.
  package func finish() throws(MetricsError) {
    let failure: (count: Int, reason: String)? = state.withLock { state in
      do {
        try Self.writeWaiting(&state)
        return nil
      } catch {
        return (state.waiting.count, error.reason)
      }
    }
    guard let failure else { return }
    throw MetricsError(
      "\(path): \(counted(failure.count, "line")) could not be written: \(failure.reason); the checkpoints are "
        + "whole")
  }

  private static func writeWaiting(_ state: inout State) throws {
    while let line = state.waiting.first {
      // A part of a line that found no room is written over.
      try state.handle.seek(toOffset: state.end)
      do {
        try state.handle.write(contentsOf: line)
      } catch {
        try state.handle.truncate(atOffset: state.end)
        throw error
      }
      state.end += UInt64(line.count)
      state.waiting.removeFirst()
    }
  }
}

/// What a resumed run keeps of its `metrics.jsonl`.
package struct KeptMetrics: Sendable, Equatable {
  /// The bytes from the front; nil keeps all.
  package var bytes: Int?
  /// The event of the checkpoint that says so, which follows those bytes: they were counted before it.
  var event: CheckpointEvent?

  /// All, or this many bytes.
  package init(bytes: Int? = nil) {
    self.bytes = bytes
  }

  /// What belongs to the steps up to the checkpoint in the folder `path`.
  package init(until state: CheckpointState, in path: String) {
    bytes = state.metricsBytes
    event = bytes.map { _ in CheckpointEvent(state, in: path) }
  }

  /// The line in `tail`, with its end, about the checkpoint; nil if there is none.
  func line(in tail: Data) -> Data? {
    guard let event else { return nil }
    return tail.split(separator: UInt8(ascii: "\n")).first(where: event.isTold).map {
      $0 + Data("\n".utf8)
    }
  }
}

/// A file of metrics cannot be opened, or lines of it are lost.
package struct MetricsError: Error, CustomStringConvertible, Sendable {
  /// The file, what the system says, and what to do.
  package let description: String

  /// An error that reads `description`.
  init(_ description: String) {
    self.description = description
  }
}
