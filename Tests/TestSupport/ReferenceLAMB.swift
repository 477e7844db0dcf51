import Glibc

/// LAMB of one tensor in `Double`, statement by statement as timm has it.
public struct ReferenceLAMB {
  /// The tensor and its moments.
  public var weights: [Double], firstMoment: [Double], secondMoment: [Double]

  private var step = 0

  /// A tensor before the first step.
  public init(weights: [Double]) {
    self.weights = weights
    firstMoment = weights.map { _ in 0 }
    secondMoment = firstMoment
  }

  /// One step.
  public mutating func update(
    gradient: [Double], learningRate: Double, weightDecay: Double, beta1: Double, beta2: Double,
    epsilon: Double
  ) {
    step += 1
    var changes: [Double] = []
    for index in weights.indices {
      let g = gradient[index]
      firstMoment[index] = beta1 * firstMoment[index] + (1 - beta1) * g
      secondMoment[index] = beta2 * secondMoment[index] + (1 - beta2) * g * g
      let deviation = (secondMoment[index] / (1 - pow(beta2, Double(step)))).squareRoot() + epsilon
      let corrected = firstMoment[index] / (1 - pow(beta1, Double(step)))
      changes.append(corrected / deviation + weightDecay * weights[index])
    }
    var trust = 1.0
    if weightDecay != 0 {
      let weightNorm = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let changeNorm = changes.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if weightNorm > 0 && changeNorm > 0 { trust = weightNorm / changeNorm }
    }
    for index in weights.indices { weights[index] -= learningRate * trust * changes[index] }
  }
}
