import Checkpoints
import Configuration
import Files
import Foundation
import Platform

/// What a run directory records: its configuration, its metrics and the states of its checkpoints.
struct RunRecord: Sendable {
  /// The run directory, as it was named.
  let directory: String
  /// What `config.toml` has.
  let configuration: TrainingConfiguration
  /// How it was started, each time.
  let starts: [MetricsLine]
  /// Its steps in their order, each once.
  let steps: [MetricsLine]
  /// Its evaluations in the order of their steps, each once.
  let evaluations: [MetricsLine]
  /// Digests of gradient sums by step, where `train.record_digests` was on.
  let digests: [Int: MetricsLine]
  /// Events of checkpoints by step.
  let saves: [Int: MetricsLine]
  /// What went wrong, or was about to, in the order of the file.
  let incidents: [MetricsLine]
  /// How its last start ended; nil if that has not ended as planned.
  let end: MetricsLine?
  /// The states of the checkpoints that are there and can be read, oldest first.
  let checkpoints: [CheckpointState]

  /// The last step; 0 before the first.
  var lastStep: Int { steps.last?.step ?? 0 }

  /// Reads the run in `directory`.
  ///
  /// - Parameters:
  ///   - directory: a run directory.
  ///   - warning: receives a line for each checkpoint that cannot be read.
  /// - Throws: ``CommandError`` (65) for what is no run or has damaged metrics; `ConfigurationError`.
  init(_ directory: String, warning: (String) -> Void) throws {
    self.directory = directory
    let lines = try Self.lines(in: directory)
    let file = "\(directory)/config.toml"
    guard FileManager.default.fileExists(atPath: file) else {
      throw CommandError(
        "\(file): there is none; name the directory of a run", exitCode: .badData)
    }
    configuration = try TrainingConfiguration(file: file)
    starts = lines.filter { $0.event == "start" }
    steps = Self.last(of: "step", in: lines)
    evaluations = Self.last(of: "evaluation", in: lines)
    digests = Self.bySteps(of: "digests", in: lines)
    saves = Self.bySteps(of: "checkpoint", in: lines)
    let incidental: Set = ["skipped", "diverged", "weights_changed", "straggler"]
    incidents = lines.filter { incidental.contains($0.event) }
    let closing = lines.last { $0.event == "end" || $0.event == "start" }
    end = closing?.event == "end" ? closing : nil
    checkpoints = try Self.states(in: directory, warning)
  }

  /// The lines of an event by their steps; of a step that was repeated the last counts.
  private static func bySteps(
    of event: String, in lines: [MetricsLine]
  ) -> [Int: MetricsLine] {
    lines.reduce(into: [:]) { found, line in
      if line.event == event, let step = line.step { found[step] = line }
    }
  }

  private static func last(of event: String, in lines: [MetricsLine]) -> [MetricsLine] {
    bySteps(of: event, in: lines).sorted { $0.key < $1.key }.map(\.value)
  }

  private static func lines(in directory: String) throws(CommandError) -> [MetricsLine] {
    let path = "\(directory)/metrics.jsonl"
    guard FileManager.default.fileExists(atPath: path) else {
      throw CommandError(
        "\(path): there is none; name the directory of a run", exitCode: .badData)
    }
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw CommandError("\(path): cannot be read; check its permissions", exitCode: .badData)
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    var lines: [MetricsLine] = []
    for (index, text) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
      // A line that a crash cut off, or that is being written, does not end as an object does.
      if text.last != UInt8(ascii: "}") { continue }
      do {
        lines.append(try decoder.decode(MetricsLine.self, from: Data(text)))
      } catch {
        throw CommandError(
          "\(path): line \(index + 1) is not a record of a run; it was cut off or edited",
          exitCode: .badData)
      }
    }
    guard lines.contains(where: { $0.event == "start" }) else {
      throw CommandError(
        "\(path): records no start of a run; name the directory of a run", exitCode: .badData)
    }
    return lines
  }

  private static func states(
    in directory: String, _ warning: (String) -> Void
  ) throws(CheckpointError) -> [CheckpointState] {
    let store = CheckpointStore(directory: "\(directory)/checkpoints")
    var states: [CheckpointState] = []
    for step in try store.steps().reversed() {
      do throws(CheckpointError) {
        states.append(try Checkpoint.glance(at: store.path(of: step)))
      } catch {
        warning("\(error)")
      }
    }
    return states
  }
}
