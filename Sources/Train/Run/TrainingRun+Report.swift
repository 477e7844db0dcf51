import Comm
import Configuration
import Exports
import Files
import Planning
import Reporting

extension TrainingRun {
  /// What rank zero prints and records; its metrics go on where those of the steps done end.
  static func makeReport(
    _ parts: TrainingParts, _ directory: RunDirectory?, _ kept: KeptMetrics, after step: Int,
    _ onStep: @escaping @Sendable (StepSummary) -> Void
  ) throws -> Report {
    guard let directory else { return Report(metrics: nil, display: nil) }
    try directory.write(configuration: parts.configuration)
    if kept.bytes == 0 { try directory.keepForeignMetrics() }
    let options = parts.options
    let display = ProgressDisplay(
      isLive: Terminal.isLive(options.progressStyle, hasLauncher: parts.communication.size > 1),
      steps: parts.coordinator.steps)
    let metrics = try directory.openMetrics(keeping: kept)
    let report = Report(
      metrics: metrics, tensorBoard: tensorBoard(parts.configuration, directory, after: step),
      display: options.isQuiet ? nil : display, onStep: onStep)
    if let event = metrics.missingEvent { report.record(event.line()) }
    return report
  }

  /// What writes for TensorBoard, if that is asked for; without it the run goes on.
  private static func tensorBoard(
    _ configuration: TrainingConfiguration, _ directory: RunDirectory, after step: Int
  ) -> TensorBoardWriter? {
    guard configuration.log.tensorBoard else { return nil }
    do throws(SystemCallError) {
      return try TensorBoardWriter(in: directory.path, configuration, after: step)
    } catch {
      StandardError.write(TensorBoardWriter.warning(directory.path, error))
      return nil
    }
  }
}
