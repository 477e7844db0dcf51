import Glibc

extension ReferenceKernels {
  /// The softmax of `scale` times each row of `columns` scores.
  public static func attentionSoftmax(
    _ scores: [Double], columns: Int, scale: Double
  ) -> [Double] {
    let powers = scores.map { exp(scale * $0) }
    let totals = stride(from: 0, to: powers.count, by: columns).map {
      powers[$0..<($0 + columns)].reduce(0, +)
    }
    return powers.enumerated().map { $1 / totals[$0 / columns] }
  }

  /// The gradient of ``attentionSoftmax(_:columns:scale:)``, from its result.
  public static func attentionSoftmaxGradient(
    _ dOutput: [Double], shares: [Double], columns: Int, scale: Double
  ) -> [Double] {
    let products = zip(dOutput, shares).map { $0 * $1 }
    let means = stride(from: 0, to: products.count, by: columns).map {
      products[$0..<($0 + columns)].reduce(0, +)
    }
    return shares.indices.map { scale * shares[$0] * (dOutput[$0] - means[$0 / columns]) }
  }

  /// The matrix of `count` rows that has `weights` along its diagonals.
  public static func toeplitz(_ weights: [Double]) -> [Double] {
    let count = (weights.count + 1) / 2
    return (0..<(count * count)).map { weights[$0 % count - $0 / count + count - 1] }
  }
}
