import Configuration
import Files
import Foundation
import Model
import Platform

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
    /// Share of labels that were predicted correctly.
    public let accuracy: Double
    /// The loss of the averaged weights; nil without them.
    public let emaLoss: Double?
    /// Their accuracy.
    public let emaAccuracy: Double?
  }

  /// The variant.
  public let variant: String
  /// The seed.
  public let seed: Int
  /// Its run directory.
  public let directory: String
  /// The number of parameters.
  public let parameters: Int
  /// All evaluations, the last one last.
  public let evaluations: [Point]
  /// The digest of the weights at the end; nil while it is not finished.
  public let weightsSha256: String?
  /// Of text with classes: whether it says one class of all samples at its end, and so has learned nothing.
  public let failed: Bool?
  /// Scores of its last weights on the test set, from 0 to 1 (Matthews: from -1); nil if the loss and accuracy of
  /// its evaluations are all there is, or while it is not finished.
  public let scores: [String: Double]?
  /// Whether it ended because its numbers were no longer finite, or with a loss that is not.
  public let diverged: Bool

  /// Whether there is nothing left to train.
  var isOver: Bool { weightsSha256 != nil || diverged }

  /// Whether its last weights are still to be evaluated.
  func lacksScores(_ run: Sweep.Run) -> Bool {
    last != nil && scores == nil && RunScores.applies(to: run.configuration)
  }

  /// The evaluation at the end, of a finished run.
  var last: Point? { weightsSha256 == nil || diverged ? nil : evaluations.last }

  /// A line of `metrics.jsonl`, as far as it counts here.
  private struct Line: Decodable {
    let event: String
    let step: Int?
    let loss: Double?
    let accuracy: Double?
    let predictedClasses: Int?
    let emaLoss: Double?
    let emaAccuracy: Double?
    let reason: String?
    let configurationDigest: String?
    let resumedFrom: Int?
    let datasetDigest: String?
    let testDatasetDigest: String?
    let givenWeightsSha256: String?
    let weightsSha256: String?
    let products: String?
    let precision: String?

    /// What was decided when the run began; nil if the line does not tell.
    var recorded: TrainingConfiguration? {
      guard let products = products.flatMap(ProductChoice.init(rawValue:)),
        let precision = precision.flatMap(Precision.init(rawValue:))
      else { return nil }
      var recorded = TrainingConfiguration()
      (recorded.train.products, recorded.train.precision) = (products, precision)
      return recorded
    }

    /// What it says of weights and data.
    var inputs: SweepInputs.Recorded {
      SweepInputs.Recorded(
        isResume: resumedFrom != nil, weights: givenWeightsSha256, trainingSet: datasetDigest,
        testSet: testDatasetDigest)
    }
  }

  /// Reads what `run` has left in `folder`; having nothing yet is not an error.
  ///
  /// - Parameters:
  ///   - run: one of a sweep's.
  ///   - folder: that of the sweep.
  ///   - inputs: the weights and data that the sweep names.
  /// - Throws: `ModelError`, or ``CommandError``: 65 for metrics that are damaged, 64 for those of a run with other
  ///   settings, weights or data.
  init(_ run: Sweep.Run, in folder: String, comparing inputs: SweepInputs) throws {
    variant = run.variant
    seed = run.seed
    directory = "\(folder)/\(run.directory)"
    let model = try Model(run.configuration.model)
    parameters = ModelCost(model).parameters
    let batch = run.configuration.train.globalBatchSize
    let metrics = "\(directory)/metrics.jsonl"
    var points: [Int: Point] = [:]
    var lastEvaluation: Line?
    var digest: String?
    var hasDiverged = false
    let lines = try Self.lines(of: metrics)
    for line in lines {
      if line.event == "evaluation", let step = line.step {
        lastEvaluation = line
        // A loss that is not finite is null.
        points[step] = line.loss.flatMap { loss in
          line.accuracy.map { accuracy in
            Point(
              step: step, samples: step * batch, tokens: step * batch * model.configuration.tokens,
              loss: loss, accuracy: accuracy, emaLoss: line.emaLoss, emaAccuracy: line.emaAccuracy)
          }
        }
      }
      if line.event == "start" {
        (digest, hasDiverged) = (nil, false)
        try Self.requireSettings(of: line, run, in: directory)
      }
      if line.event == "diverged" { hasDiverged = true }
      if line.event == "end" && line.reason == "finished" { digest = line.weightsSha256 }
    }
    // Only the first start was given weights: later ones resume.
    if let start = lines.first(where: { $0.event == "start" }) {
      try inputs.require(start.inputs, of: run, in: directory)
    }
    evaluations = points.values.sorted { $0.step < $1.step }
    weightsSha256 = digest
    diverged =
      hasDiverged
      || digest != nil && lastEvaluation?.step.map { points[$0] == nil } ?? false
    if let digest {
      failed = Self.hasFailed(lastEvaluation, run.configuration)
      scores = try RunScores(of: digest, in: directory)?.values
    } else {
      (failed, scores) = (nil, nil)
    }
  }

  /// Refuses the run in `directory`, which wrote `start`, if it has other settings than `run`; names them if it can.
  private static func requireSettings(
    of start: Line, _ run: Sweep.Run, in directory: String
  ) throws(CommandError) {
    // What the sweep leaves to the processor was decided when the run began.
    let asked = run.configuration.resolved(as: start.recorded)
    if start.configurationDigest == asked.identityDigest { return }
    let kept = try? TrainingConfiguration(file: "\(directory)/config.toml")
    // The file may be of a later start, or of a version with other keys.
    let isItsOwn = kept?.identityDigest == start.configurationDigest
    let differences = isItsOwn ? kept.map { asked.identityDifferences(from: $0) } ?? [] : []
    let list = differences.isEmpty ? "" : ": " + differences.joined(separator: "; ")
    throw SweepInputs.refusal(
      of: directory, "was trained with other settings than the sweep has now\(list)")
  }

  /// Whether `evaluation` found one class said of all samples; nil if the task does not ask.
  private static func hasFailed(
    _ evaluation: Line?, _ configuration: TrainingConfiguration
  ) -> Bool? {
    guard configuration.task.looksForOneClass, let classes = evaluation?.predictedClasses else {
      return nil
    }
    // All samples of the set may be of that class.
    return classes == 1 && evaluation?.accuracy != 1
  }

  /// The lines of the metrics at `path`; none if there is no such file yet.
  private static func lines(of path: String) throws(CommandError) -> [Line] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw CommandError("\(path): cannot be read; check its permissions", exitCode: .badData)
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    var lines: [Line] = []
    for (index, text) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
      // A line that a crash cut off, or that is being written, does not end as an object does.
      if text.last != UInt8(ascii: "}") { continue }
      do {
        lines.append(try decoder.decode(Line.self, from: Data(text)))
      } catch {
        throw CommandError(
          "\(path): line \(index + 1) is not a record of a run; move the run aside and sweep again",
          exitCode: .badData)
      }
    }
    return lines
  }
}
