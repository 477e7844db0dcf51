import Checkpoints
import Configuration
import Files
import Foundation
import Platform
import Reporting

/// What a run directory records: its configuration, its metrics and the states of its checkpoints.
struct RunRecord: Sendable {
  /// The run directory, as it was named.
  let directory: String
  /// What `config.toml` has.
  let configuration: TrainingConfiguration
  /// How it was started, each time.
  let starts: [RecordedEvent]
  /// Its steps in their order, each once.
  let steps: [RecordedEvent]
  /// Its evaluations in the order of their steps, each once.
  let evaluations: [RecordedEvent]
  /// Digests of gradient sums by step, where `train.record_digests` was on.
  let digests: [Int: RecordedEvent]
  /// Events of checkpoints by step.
  let saves: [Int: RecordedEvent]
  /// What went wrong, or was about to, in the order of the file.
  let incidents: [RecordedEvent]
  /// How its last start ended; nil if that has not ended as planned.
  let end: RecordedEvent?
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
    let events = try Self.events(in: directory)
    let file = "\(directory)/config.toml"
    guard FileManager.default.fileExists(atPath: file) else {
      throw CommandError(
        "\(file): there is none; name the directory of a run", exitCode: .badData)
    }
    configuration = try TrainingConfiguration(file: file)
    starts = events.filter { $0.name == "start" }
    steps = Self.last(of: "step", in: events)
    evaluations = Self.last(of: "evaluation", in: events)
    digests = Self.bySteps(of: "digests", in: events)
    saves = Self.bySteps(of: "checkpoint", in: events)
    let incidental: Set = ["skipped", "diverged", "weights_changed", "straggler"]
    incidents = events.filter { incidental.contains($0.name) }
    let closing = events.last { $0.name == "end" || $0.name == "start" }
    end = closing?.name == "end" ? closing : nil
    checkpoints = try Self.states(in: directory, warning)
  }

  /// The events of a kind by their steps; of a step that was repeated the last counts.
  private static func bySteps(
    of name: String, in events: [RecordedEvent]
  ) -> [Int: RecordedEvent] {
    events.reduce(into: [:]) { found, event in
      if event.name == name, let step = event.step { found[step] = event }
    }
  }

  private static func last(of name: String, in events: [RecordedEvent]) -> [RecordedEvent] {
    bySteps(of: name, in: events).sorted { $0.key < $1.key }.map(\.value)
  }

  private static func events(in directory: String) throws(CommandError) -> [RecordedEvent] {
    do throws(MetricsError) {
      return try MetricsReader.history(of: "\(directory)/metrics.jsonl")
    } catch {
      throw CommandError(error.description, exitCode: .badData)
    }
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
