import Checkpoints
import Files
import Foundation
import Inspection
import Reporting

/// The object that `predict --json` prints of images and of hidden text, on one line.
///
/// It is printed as the predictions come: those of a hundred thousand pictures need not be in memory together.
struct PredictionObject {
  private var isBegun = false

  /// Prints predictions behind those that were printed.
  ///
  /// - Throws: `EncodingError`, `OutputError`.
  mutating func add(_ predictions: [some Encodable]) throws {
    if predictions.isEmpty { return }
    // Without the brackets.
    let list = try JSONText.encode(predictions).dropFirst().dropLast()
    try write(isBegun ? "," : "", String(decoding: list, as: UTF8.self))
  }

  /// Prints the rest: what predicted, and which inputs it could not use.
  ///
  /// - Throws: `EncodingError`, `OutputError`.
  mutating func end(_ trained: TrainedModel, _ failed: FailedInputs) throws {
    let conditions = PredictionConditions(
      weights: trained.weightsPath, weightsKind: trained.kind.rawValue,
      weightsSha256: trained.weightsDigest, step: trained.step, failed: failed.failures)
    // Without the opening brace.
    let rest = try JSONText.encode(conditions).dropFirst()
    try write("],", String(decoding: rest, as: UTF8.self), "\n")
  }

  private mutating func write(_ parts: String...) throws {
    let beginning = isBegun ? "" : "{\"predictions\":["
    try StandardOutput.write(beginning + parts.joined())
    isBegun = true
  }
}

/// The members of the object beside the predictions.
private struct PredictionConditions: Encodable {
  let weights: String
  let weightsKind: String
  let weightsSha256: String
  let step: Int?
  /// Inputs that could not be used.
  let failed: [FailedInputs.Failure]
}
