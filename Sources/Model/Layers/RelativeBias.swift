import Kernels
import Profiling

/// A learned number for each head and distance between two tokens, added to the scores of attention in all blocks.
///
/// Distances share 32 buckets, which grow wider up to 128 tokens; farther ones share the last.
///
/// - Note: Source: Raffel et al., "Exploring the Limits of Transfer Learning with a Unified
///   Text-to-Text Transformer", arXiv:1910.10683, section 2.1; both directions.
package struct RelativeBias: Sendable {
  /// (buckets, heads).
  static let table = "relative_bias.weight"
  package static let buckets = 32

  /// All distances from this one on share a bucket: sixteen times the number of exact buckets.
  private static let farthest = 128

  private let weight: Parameter

  /// The bucket of each distance: element j - i + N - 1 for query i and key j.
  private let bucketOfDistance: [Int]

  /// (heads, 2N - 1), and its gradient.
  private let distances: FloatSlot
  private let dDistances: FloatSlot

  var learns: Bool { weight.learns }

  /// Initially zero, and does not decay.
  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration] {
    [TensorDeclaration(table, [buckets, configuration.numHeads], .constant(0), decays: false)]
  }

  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan
  ) {
    let tokens = configuration.tokens
    weight = layout.require(Self.table)
    let heads = configuration.numHeads
    bucketOfDistance = (-(tokens - 1)...(tokens - 1)).map(Self.bucket)
    distances = plan.floats(rows: heads, columns: 2 * tokens - 1, .layer)
    dDistances = plan.floats(
      rows: heads, columns: 2 * tokens - 1, .layer, backwardOnly: true)
  }

  /// The bucket of `distance`: the position of the key minus that of the query.
  package static func bucket(_ distance: Int) -> Int {
    let side = buckets / 2
    let exact = side / 2
    let length = abs(distance)
    let first = distance > 0 ? side : 0
    if length < exact { return first + length }
    // Count the equal factors from `exact` to `farthest` that the distance has passed, in integers: a rounded
    // logarithm could fall on either side of a step.
    let steps = side - exact
    let ratio = farthest / exact
    let power = min(length, farthest).power(steps)
    let passed = (0...steps).last { power >= exact.power(steps) * ratio.power($0) } ?? 0
    return first + min(exact + passed, side - 1)
  }

  /// Computes the bias of every distance for `chunk`.
  func prepare<Element>(_ chunk: Chunk<Element>) {
    chunk.enter(.attention)
    relativeBiasForward(
      chunk.weights.matrix(weight), buckets: bucketOfDistance, into: chunk[distances])
    clear(chunk[dDistances])
  }

  /// The bias of `head` (1, 2N - 1).
  func bias<Element>(of head: Int, _ chunk: Chunk<Element>) -> Matrix<Float> {
    chunk[distances].rows(head..<(head + 1))
  }

  /// Adds the gradient of the scores (N, N) of `head`, unless the table is frozen.
  func add<Element>(_ dScores: Matrix<Element>, head: Int, _ chunk: Chunk<Element>) {
    guard learns else { return }
    chunk.enter(.attention)
    toeplitzBackward(dScores, dWeights: chunk[dDistances].rows(head..<(head + 1)))
  }

  /// Adds what was collected for `chunk`, divided by `scale`, to the gradient of the table.
  func endGradient<Element>(scale: Float, _ chunk: Chunk<Element>) {
    guard learns else { return }
    chunk.enter(.attention)
    relativeBiasBackward(
      chunk[dDistances], buckets: bucketOfDistance, factor: 1 / scale,
      addingTo: chunk.gradient.matrix(weight))
  }
}

extension Int {
  /// This number to the power of `exponent`.
  fileprivate func power(_ exponent: Int) -> Int {
    (0..<exponent).reduce(1) { product, _ in product * self }
  }
}
