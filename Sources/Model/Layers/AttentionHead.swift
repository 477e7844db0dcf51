import Kernels
import Profiling
import Randomness

/// One head of attention on one sample: `softmax(q·kᵀ / √A)·v` for q, k and v (N, A).
///
/// The attention weights, called shares (N, N), are not kept but recomputed.
struct AttentionHead: Sendable {
  private let tokens: Int
  private let size: Int
  private let scores: FloatSlot
  private let shares: OperandSlot

  /// The shares after dropout; nil if there is none.
  private let dropped: OperandSlot?

  /// What is added to the scores before the softmax.
  struct Offsets: Sendable {
    /// (1, 2N - 1): element j - i + N - 1 for query i and key j.
    var distances: Matrix<Float>?
    /// (1, N), one per key.
    var keys: Matrix<Float>?
  }

  /// What keys the dropout of shares: the number of the sample in the pass, and of the matrix.
  struct Identity: Sendable {
    let sample: Int
    let number: Int
  }

  /// Matrices of one sample, each (N, A).
  struct Inputs<Element: Numeral> {
    let q: Matrix<Element>
    let k: Matrix<Element>
    let v: Matrix<Element>
  }

  /// A head of width `size`; reserves its matrices in `plan`.
  init(tokens: Int, size: Int, drops: Bool, _ plan: inout ActivationPlan) {
    self.tokens = tokens
    self.size = size
    scores = plan.floats(rows: tokens, columns: tokens, .layer)
    shares = plan.operands(rows: tokens, columns: tokens, .layer)
    dropped = drops ? plan.operands(rows: tokens, columns: tokens, .layer) : nil
  }

  /// 1 / √A.
  var scale: Float { 1 / Float(size).squareRoot() }

  /// Writes the context (N, A) and leaves the shares for ``backward(_:_:_:into:_:)``.
  func forward<Element>(
    _ inputs: Inputs<Element>, adding offsets: Offsets = Offsets(), _ identity: Identity,
    into context: Matrix<Element>, _ chunk: Chunk<Element>
  ) {
    chunk.enter(.spatial)
    chunk.multiplier.multiply(inputs.q, inputs.k.transposed, into: chunk[scores])
    chunk.enter(.attention)
    if offsets.distances == nil && offsets.keys == nil {
      attentionSoftmaxForward(chunk[scores], scale: scale, into: chunk[shares])
    } else {
      offsetScores(
        chunk[scores], scale: scale, distances: offsets.distances, keys: offsets.keys)
      attentionSoftmaxForward(chunk[scores], scale: 1, into: chunk[shares])
    }
    if let dropped {
      copy(chunk[shares], to: chunk[dropped])
      drop(chunk[dropped], identity, chunk)
    }
    chunk.enter(.spatial)
    chunk.multiplier.multiply(chunk[dropped ?? shares], inputs.v, into: context)
  }

  /// From the gradient of the context that forward wrote last to the gradients of q, k and v.
  ///
  /// - Returns: the gradient of the scaled scores, times ``scale``.
  @discardableResult
  func backward<Element>(
    _ inputs: Inputs<Element>, _ identity: Identity, _ dContext: Matrix<Element>,
    into gradients: Inputs<Element>, _ chunk: Chunk<Element>
  ) -> Matrix<Element> {
    chunk.enter(.spatial)
    chunk.multiplier.multiply(dContext, inputs.v.transposed, into: chunk[scores])
    chunk.multiplier.multiply(
      chunk[dropped ?? shares].transposed, dContext, into: gradients.v)
    chunk.enter(.attention)
    if dropped != nil { drop(chunk[scores], identity, chunk) }
    attentionSoftmaxBackward(chunk[scores], shares: chunk[shares], scale: scale)
    chunk.enter(.spatial)
    chunk.multiplier.multiply(chunk[shares], inputs.k, into: gradients.q)
    chunk.multiplier.multiply(chunk[shares].transposed, inputs.q, into: gradients.k)
    return chunk[shares]
  }

  private func drop<Element, Dropped: Numeral>(
    _ matrix: Matrix<Dropped>, _ identity: Identity, _ chunk: Chunk<Element>
  ) {
    chunk.pass.drop(
      matrix, of: identity.sample, .attentionDropout, number: identity.number)
  }

  /// The products of `times` samples and heads: forward, and `backward` if wanted.
  func products(times: Int, backward: Bool) -> [LayerProduct] {
    func product(_ columns: Int, _ terms: Int, _ left: Bool, _ right: Bool, _ phase: Phase)
      -> LayerProduct
    {
      LayerProduct(
        product: MatrixProduct(
          rows: tokens, columns: columns, terms: terms, leftIsTransposed: left,
          rightIsTransposed: right, adds: false), times: times, phase: phase)
    }
    let forward = [
      product(tokens, size, false, true, .forward(.spatial)),
      product(size, tokens, false, false, .forward(.spatial)),
    ]
    guard backward else { return forward }
    return forward + [
      product(tokens, size, false, true, .backward(.spatial)),
      product(size, tokens, true, false, .backward(.spatial)),
      product(size, tokens, false, false, .backward(.spatial)),
      product(size, tokens, true, false, .backward(.spatial)),
    ]
  }
}

extension Matrix {
  /// The columns of q, k and v of head `head` of `heads`, where all q come before all k.
  func attentionInputs(head: Int = 0, of heads: Int = 1) -> AttentionHead.Inputs<Element> {
    let size = columns / (3 * heads)
    func part(_ index: Int) -> Matrix<Element> {
      let first = (index * heads + head) * size
      return columns(first..<(first + size))
    }
    return AttentionHead.Inputs(q: part(0), k: part(1), v: part(2))
  }
}
