import Configuration
import Mathematics
import Model
import Platform

extension TrainedModel {
  /// Whether the model takes images; else it takes text.
  public var takesImages: Bool { configuration.model.input == .images }

  /// The `top` most probable labels by softmax; of equal ones the lower number comes first.
  ///
  /// - Throws: ``CommandError`` where a score is not finite.
  func mostProbable(
    _ scores: ArraySlice<Float>, top: Int
  ) throws(CommandError) -> [(label: Int, probability: Double)] {
    guard scores.allSatisfy(\.isFinite) else {
      throw CommandError(
        "\(weightsPath): the scores are not finite; these weights are of no use",
        exitCode: .internalError)
    }
    let largest = Double(scores.max() ?? 0)
    let total = scores.reduce(0) { $0 + exponential(Double($1) - largest) }
    let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    return order.prefix(top).map {
      ($0 - scores.startIndex, exponential(Double(scores[$0]) - largest) / total)
    }
  }
}
