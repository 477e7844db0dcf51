public import Reporting
package import Transfer

/// What the command line decides besides the configuration.
public struct TrainingOptions: Sendable {
  /// Which checkpoint a run begins with.
  public enum Resume: Sendable, Equatable {
    /// The newest valid one of the run directory, if there is one.
    case auto
    /// None: a used run directory is moved aside.
    case never
    /// The one in this folder.
    case from(String)
  }

  /// The run directory; slashes at its end are removed, because its neighbours get similar names.
  public var runDirectory = "runs/default" {
    didSet {
      while runDirectory.count > 1 && runDirectory.hasSuffix("/") { runDirectory.removeLast() }
    }
  }
  /// Which checkpoint to begin with.
  public var resume = Resume.auto
  /// Resume although the configuration or the data differ.
  public var isForced = false
  /// Stop resumably after this step.
  public var stopAfter: Int?
  /// Start from the weights in this safetensors file, or of this run or checkpoint, with a fresh optimizer.
  public var weights: String?
  /// Load only the tensors that both the file and the model have.
  public var isPartial = false
  /// What may differ between the given weights and the model: the head, segments, images and lengths always may.
  package var tolerance: WeightsFile.Tolerance {
    var tolerance = WeightsFile.Tolerance()
    tolerance.newHead = true
    tolerance.otherSizes = true
    tolerance.newSegments = true
    tolerance.unusedTensors = isPartial
    tolerance.absentTensors = isPartial
    return tolerance
  }
  /// Check every activation and gradient for non-finite values.
  public var debug = false
  /// How progress is shown.
  public var progressStyle = ProgressStyle.auto
  /// Show errors and nothing else.
  public var isQuiet = false
  /// Seconds that workers wait for each micro-batch in place of computing it; nil: they compute.
  package var pretendedSeconds: Double?

  /// The defaults.
  public init() {}
}
