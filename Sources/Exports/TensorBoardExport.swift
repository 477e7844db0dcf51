import Checkpoints
import Configuration
import Files
import Foundation
import Kernels
import Model
import Platform
import Reporting

/// A file of events for TensorBoard, made from what a run has recorded.
///
/// It has every step of `metrics.jsonl`, and the weights of the checkpoints that are left.
package struct TensorBoardExport {
  /// The end of the names of files that are made after the fact.
  package static let suffix = ".export"

  /// The file.
  package let path: String
  /// The points of all curves.
  package let points: Int
  /// The checkpoints whose weights are shown.
  package let checkpoints: Int

  /// Makes the file, in place of one that was made before.
  ///
  /// - Parameters:
  ///   - run: the run directory.
  ///   - folder: where the file goes; it is made if it is not there.
  ///   - evaluated: what is shown of an evaluation of the weights after a step.
  /// - Throws: `CommandError`, `ConfigurationError`, `CheckpointError`, `ModelError`, `DatasetError`.
  package init(
    of run: String, to folder: String,
    evaluated: (step: Int, values: [TensorBoardValue])? = nil
  ) throws {
    let recorded = try Self.events(of: "\(run)/metrics.jsonl")
    try Self.requireNoOther(in: folder)
    let configuration = try TrainingConfiguration(file: "\(run)/config.toml")
    let events = Self.shown(recorded, configuration)
    let store = CheckpointStore(directory: "\(run)/checkpoints")
    let steps = try store.steps()
    let layout = try Model(configuration.model).layout
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      let old = try Self.files(in: folder, suffix: Self.suffix)
      let now = Date.now.timeIntervalSince1970
      // That of the last event until a step is over.
      func time(of step: Int) -> Double {
        recorded.last { ($0.step ?? 0) <= step && $0.time != nil }?.time ?? now
      }
      let file = try EventFile(in: folder, time: now, suffix: Self.suffix)
      path = file.path
      do {
        try file.write(TensorBoardEvent.start(time: events.first?.time ?? now, step: 0))
        for event in events { try file.write(event.message) }
        for step in steps.reversed() {
          let values = try Self.values(of: store.path(of: step), layout)
          try file.write(TensorBoardEvent(time: time(of: step), step: step, values: values).message)
        }
        if let (step, values) = evaluated {
          try file.write(TensorBoardEvent(time: time(of: step), step: step, values: values).message)
        }
        try file.close()
      } catch {
        // What counts is the reason of the fault.
        try? FileManager.default.removeItem(atPath: file.path)
        throw error
      }
      for path in old { try FileManager.default.removeItem(atPath: path) }
    } catch let error as SystemCallError {
      throw Self.unwritable(error.path, error.reason)
    } catch let error as CocoaError {
      throw Self.unwritable(folder, error.reason)
    }
    points = events.reduce(0) { $0 + $1.curvePoints }
    checkpoints = steps.count
  }

  private static func events(of metrics: String) throws(CommandError) -> [RecordedEvent] {
    do throws(MetricsError) {
      return try MetricsReader.history(of: metrics)
    } catch {
      throw CommandError(error.description, exitCode: .badData)
    }
  }

  private static func shown(
    _ recorded: [RecordedEvent], _ configuration: TrainingConfiguration
  ) -> [TensorBoardEvent] {
    var time = recorded.lazy.compactMap(\.time).first ?? 0
    var shown = [RunEvents.beginning(of: configuration, time: time, step: 0)]
    for event in recorded {
      time = event.time ?? time
      if let next = RunEvents.shown(event, at: time) { shown.append(next) }
    }
    return shown
  }

  /// What is shown of the weights in a checkpoint's folder.
  private static func values(
    of checkpoint: String, _ layout: ParameterLayout
  ) throws -> [TensorBoardValue] {
    let file = try SafeTensorsFile(path: "\(checkpoint)/\(WeightsKind.weights.file)")
    let weights = FloatBuffer(count: layout.count)
    for parameter in layout.parameters {
      let count = try file.tensor(parameter.name).count
      guard count == parameter.range.count else {
        throw CommandError(
          "\(file.path): \(parameter.name) has \(count) elements, the model of config.toml "
            + "\(parameter.range.count); name the run directory of these weights",
          exitCode: .badData)
      }
      try weights.withMutableSpan(parameter.range) { try file.read(parameter.name, into: &$0) }
    }
    return try WeightPictures.values(layout, weights)
  }

  /// Refuses a folder with files that a training run writes: its curves would be there twice.
  private static func requireNoOther(in folder: String) throws(CommandError) {
    guard let file = try files(in: folder, suffix: TensorBoardWriter.suffix).first else { return }
    throw CommandError(
      "\(file): the run has written it itself, log.tensorboard is true; show that in TensorBoard, or give "
        + "another --output", exitCode: .usage)
  }

  /// The files of events in `folder` whose names end with `suffix`; none if the folder is not there.
  private static func files(in folder: String, suffix: String) throws(CommandError) -> [String] {
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { $0.hasPrefix(EventFile.prefix) && $0.hasSuffix(suffix) }.sorted()
        .map { "\(folder)/\($0)" }
    } catch {
      throw unwritable(folder, error.reason)
    }
  }

  private static func unwritable(_ path: String, _ reason: String) -> CommandError {
    CommandError(
      "\(path): cannot be written: \(reason); give another --output", exitCode: .inputOutput)
  }
}

extension TensorBoardEvent {
  /// How many points of curves it has.
  var curvePoints: Int {
    values.reduce(0) { count, value in
      if case .scalar = value.content { count + 1 } else { count }
    }
  }
}
