package import Configuration
package import Files
import Foundation
package import Kernels
package import Model
package import Reporting
package import Scoring
import Synchronization

/// Writes what TensorBoard shows of a run while it trains, on rank zero.
///
/// A fault is told once and ends nothing: `metrics.jsonl` has the same numbers, and `gmlp-train export tensorboard`
/// makes the file again.
package final class TensorBoardWriter: Sendable {
  /// The end of the names of files that are written during training.
  package static let suffix = ".run"

  /// The tag of confusion matrices.
  package static let confusionTag = "validation/confusion_matrix"
  /// A matrix of more classes is too large to be looked at in a browser.
  package static let maximumClasses = 256

  private let file: EventFile
  private let hasToldOfFault = Atomic(false)

  /// A new file in the run directory `folder`, whose older files hold nothing from the next step on.
  ///
  /// - Parameters:
  ///   - folder: the run directory.
  ///   - configuration: that of the run.
  ///   - step: the last step that is done.
  /// - Throws: `SystemCallError`.
  package init(
    in folder: String, _ configuration: TrainingConfiguration, after step: Int
  ) throws(SystemCallError) {
    let time = Date.now.timeIntervalSince1970
    file = try EventFile(in: folder, time: time, suffix: Self.suffix)
    try file.write(TensorBoardEvent.start(time: time, step: step + 1))
    try file.write(RunEvents.beginning(of: configuration, time: time, step: step).message)
  }

  /// Writes what is shown of a line of the metrics.
  ///
  /// - Returns: a message for people at the first fault.
  package func write(_ line: JSONLine) -> String? {
    guard let event = RecordedEvent(line: Data(line.text.utf8)),
      let shown = RunEvents.shown(event, at: Date.now.timeIntervalSince1970)
    else { return nil }
    return told { try file.write(shown.message) }
  }

  /// Writes what is shown of the weights after `step`, and of what they took for what.
  ///
  /// - Returns: a message for people at the first fault.
  package func write(
    _ layout: ParameterLayout, _ weights: FloatBuffer, _ confusion: ConfusionCounts?,
    after step: Int
  ) -> String? {
    told {
      var values = try WeightPictures.values(layout, weights)
      if let confusion, confusion.classes <= Self.maximumClasses {
        values.append(
          try TensorBoardValue(Self.confusionTag, showing: ConfusionPicture(confusion).image))
      }
      let event = TensorBoardEvent(
        time: Date.now.timeIntervalSince1970, step: step, values: values)
      try file.write(event.message)
    }
  }

  /// The message about the first fault of `body`.
  private func told(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      if hasToldOfFault.exchange(true, ordering: .relaxed) { return nil }
      return Self.warning(file.path, error)
    }
  }

  /// The message about a file that cannot be written.
  package static func warning(_ path: String, _ error: any Error) -> String {
    let reason = (error as? SystemCallError)?.reason ?? "\(error)"
    return "\(path): cannot be written: \(reason); training continues, and 'gmlp-train export "
      + "tensorboard' makes the curves from metrics.jsonl"
  }
}
