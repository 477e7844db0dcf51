extension LossCurve {
  /// How far two points are from each other, or may be.
  struct Distance: Sendable {
    /// Of the losses, relative.
    let loss: Double
    /// Of the norms of the gradient, relative.
    let gradientNorm: Double
    /// Predictions that are right in one of them alone, as a share of all of a step.
    let accuracy: Double

    static func * (distance: Distance, factor: Double) -> Distance {
      Distance(
        loss: factor * distance.loss, gradientNorm: factor * distance.gradientNorm,
        accuracy: factor * distance.accuracy)
    }
  }

  /// The first step at which the curve is not `kept`, bit for bit, in words; nil if there is none.
  func difference(from kept: LossCurve) -> String? {
    firstDifference(from: kept) { $0 == $1 }
      ?? (weightsDigest == kept.weightsDigest
        ? nil : "weights \(kept.weightsDigest) became \(weightsDigest)")
  }

  /// The first step at which the curve is further from `kept` than `tolerance` of that step allows.
  func difference(from kept: LossCurve, tolerance: (_ step: Int) -> Distance) -> String? {
    firstDifference(from: kept) { point, kept in
      let tolerance = tolerance(kept.step)
      return point.step == kept.step
        && abs(point.loss - kept.loss) <= tolerance.loss * abs(kept.loss)
        && abs(point.gradientNorm - kept.gradientNorm)
          <= tolerance.gradientNorm * abs(kept.gradientNorm)
        && abs(point.accuracy - kept.accuracy) <= tolerance.accuracy
    }
  }

  private func firstDifference(
    from kept: LossCurve, _ agree: (Point, Point) -> Bool
  ) -> String? {
    guard points.count == kept.points.count else {
      return "\(kept.points.count) steps became \(points.count)"
    }
    guard let (point, old) = zip(points, kept.points).first(where: { !agree($0, $1) }) else {
      return nil
    }
    let last = "at the end the loss was \(kept.points.last?.loss ?? .nan) and is "
    return "\(old.text) became \(point.text); \(last)\(points.last?.loss ?? .nan)"
  }
}
