internal import Foundation
internal import Model

/// What one run of a sweep has reached.
public struct SweepResult: Sendable, Encodable {
  /// An evaluation.
  public struct Point: Sendable, Equatable, Encodable {
    /// The step after which it was.
    public let step: Int
    /// Samples seen until then.
    public let samples: Int
    /// The same in tokens, those of text or patches of images.
    public let tokens: Int
    /// Mean cross-entropy in nats.
    public let loss: Double
    /// Share of labels that were found.
    public let accuracy: Double
  }

  /// The variant.
  public let variant: String
  /// The seed.
  public let seed: Int
  /// Its run directory.
  public let directory: String
  /// Numbers that are learned.
  public let parameters: Int
  /// All evaluations, the last one last.
  public let evaluations: [Point]
  /// The digest of the weights at the end; nil while it is not finished.
  public let weightsSha256: String?
  /// Whether it ended because its numbers were no longer finite.
  public let diverged: Bool

  /// The evaluation at the end, of a finished run.
  var last: Point? { weightsSha256 == nil ? nil : evaluations.last }

  /// A line of `metrics.jsonl`, as far as it counts here.
  private struct Line: Decodable {
    let event: String
    let step: Int?
    let loss: Double?
    let accuracy: Double?
    let reason: String?
    let configurationDigest: String?
    let weightsSha256: String?
  }

  /// Reads what `run` has left in `folder`; nothing yet is no error.
  ///
  /// - Parameters:
  ///   - run: one of a sweep's.
  ///   - folder: that of the sweep.
  ///   - diverged: whether it was seen to end because its numbers were no longer finite.
  /// - Throws: `ModelError`, or ``StartError``: 65 for metrics that are damaged, 64 for those of another
  ///   configuration.
  init(_ run: Sweep.Run, in folder: String, diverged: Bool = false) throws {
    self.diverged = diverged
    variant = run.variant
    seed = run.seed
    directory = "\(folder)/\(run.directory)"
    let model = try Model(run.configuration.model)
    parameters = ModelCost(model).parameters
    let batch = run.configuration.train.globalBatchSize
    let metrics = "\(directory)/metrics.jsonl"
    let bytes = FileManager.default.contents(atPath: metrics) ?? Data()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    var points: [Int: Point] = [:]
    var digest: String?
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    for (index, bytes) in lines.enumerated() {
      guard let line = try? decoder.decode(Line.self, from: Data(bytes)) else {
        // A line that is being written is not there yet.
        if index == lines.count - 1 { break }
        throw StartError(
          "\(metrics): line \(index + 1) is no JSON object; move the run aside and sweep again",
          exitCode: 65)
      }
      switch (line.event, line.step, line.loss, line.accuracy) {
      case ("evaluation", let step?, let loss?, let accuracy?):
        points[step] = Point(
          step: step, samples: step * batch, tokens: step * batch * model.configuration.tokens,
          loss: loss, accuracy: accuracy)
      default: break
      }
      if line.event == "start" {
        digest = nil
        guard line.configurationDigest == run.configuration.identityDigest else {
          throw StartError(
            "\(directory): was trained with other settings than the sweep has now; choose another "
              + "--output, or move it aside", exitCode: 64)
        }
      }
      if line.event == "end" && line.reason == "finished" { digest = line.weightsSha256 }
    }
    evaluations = points.values.sorted { $0.step < $1.step }
    weightsSha256 = digest
  }
}
