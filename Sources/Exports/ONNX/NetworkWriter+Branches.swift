import Kernels
import Model

/// The branches of gMLP and of Transformers.
extension NetworkWriter {
  /// `fc2(S(GELU(fc1(x))))` of the block `name`, with the tiny attention of aMLP.
  func gmlp(
    _ graph: inout ONNXGraph, _ input: String, _ name: String, _ mask: PaddingMask?
  ) -> String {
    let mlp = "\(name).mlp_channels"
    let hidden = graph.gelu(
      graph.linear(input, "\(mlp).fc1", inputs: width, outputs: configuration.dFFN))
    let attended =
      configuration.attentionSize > 0 ? tinyAttention(&graph, input, "\(name).attn", mask) : nil
    let gated = gate(&graph, hidden, "\(mlp).gate", adding: attended, mask)
    return graph.linear(gated, "\(mlp).fc2", inputs: configuration.gatedWidth, outputs: width)
  }

  /// One of the spatial functions, with `f(z) = W·LN(z) + attended + b`.
  private func gate(
    _ graph: inout ONNXGraph, _ input: String, _ name: String, adding attended: String?,
    _ mask: PaddingMask?
  ) -> String {
    graph.scope = name
    let gated = configuration.gatedWidth
    let isSplit = configuration.spatialFunction == .split
    let parts = isSplit ? graph.split(input, into: [gated, gated]) : [input, input]
    var mixed = graph.layerNorm(parts[1], "\(name).norm", width: gated, epsilon: 1e-5)
    if let mask { mixed = graph.node("Mul", [mixed, mask.keep]) }
    let matrix = spatialMatrix(&graph, "\(name).proj")
    mixed = graph.node("MatMul", [matrix, mixed])
    if let attended { mixed = graph.node("Add", [mixed, attended]) }
    mixed = graph.addTokenBias(mixed, "\(name).proj", tokens)
    switch configuration.spatialFunction {
    case .split, .multiplicative: return graph.node("Mul", [parts[0], mixed])
    case .additive: return graph.node("Add", [parts[0], mixed])
    case .linear: return mixed
    }
  }

  /// W (N, N), made of 2N - 1 weights where it is Toeplitz: `W[i, j] = w[j - i + N - 1]`.
  private func spatialMatrix(_ graph: inout ONNXGraph, _ name: String) -> String {
    graph.scope = name
    guard configuration.toeplitz else {
      return graph.weights("\(name).weight", [tokens, tokens])
    }
    let weights = graph.weights("\(name).weight", [2 * tokens - 1])
    let places = distances(&graph, "toeplitz") { $0 + tokens - 1 }
    return graph.node("Gather", [weights, places], [("axis", .integer(0))])
  }

  private func tinyAttention(
    _ graph: inout ONNXGraph, _ input: String, _ name: String, _ mask: PaddingMask?
  ) -> String {
    let size = configuration.attentionSize
    let all = graph.linear(input, "\(name).qkv", inputs: width, outputs: 3 * size)
    let parts = graph.split(all, into: [size, size, size])
    let context = graph.attention(
      parts[0], graph.transposed(parts[1], [0, 2, 1]), parts[2], size: size,
      adding: mask.map { [$0.keys] } ?? [])
    return graph.linear(
      context, "\(name).proj", inputs: size, outputs: configuration.gatedWidth)
  }

  /// The attention of a Transformer, with all heads at once: (B, heads, N, A).
  func selfAttention(
    _ graph: inout ONNXGraph, _ input: String, _ name: String, _ mask: PaddingMask?
  ) -> String {
    let heads = configuration.numHeads
    let size = width / heads
    let all = graph.linear(input, "\(name).qkv", inputs: width, outputs: 3 * width)
    graph.scope = name
    var parts = graph.split(all, into: [width, width, width]).map { part in
      graph.transposed(
        graph.node("Reshape", [part, graph.integers([0, tokens, heads, size])]), [0, 2, 1, 3])
    }
    if configuration.positions == .rotary {
      for part in 0..<2 { parts[part] = turned(&graph, parts[part], size: size) }
    }
    var offsets: [String] = []
    if configuration.positions == .relative { offsets.append(relativeBias(&graph)) }
    if let mask { offsets.append(graph.node("Unsqueeze", [mask.keys, graph.integers([1])])) }
    let context = graph.attention(
      parts[0], graph.transposed(parts[1], [0, 1, 3, 2]), parts[2], size: size, adding: offsets)
    let joined = graph.node(
      "Reshape", [graph.transposed(context, [0, 2, 1, 3]), graph.integers([0, tokens, width])])
    return graph.linear(joined, "\(name).proj", inputs: width, outputs: width)
  }

  /// Queries or keys (B, heads, N, A) turned by rotary positions: (x, y) becomes (x·cos − y·sin, y·cos + x·sin).
  private func turned(_ graph: inout ONNXGraph, _ input: String, size: Int) -> String {
    let table = RotaryTable(tokens: tokens, size: size)
    let shape = [tokens, size / 2]
    let cosines = graph.constant("rotary/cosines", shape, .floats(table.cosines.values))
    let sines = graph.constant("rotary/sines", shape, .floats(table.sines.values))
    let halves = graph.split(input, into: [size / 2, size / 2])
    let left = graph.node(
      "Sub", [graph.node("Mul", [halves[0], cosines]), graph.node("Mul", [halves[1], sines])])
    let right = graph.node(
      "Add", [graph.node("Mul", [halves[1], cosines]), graph.node("Mul", [halves[0], sines])])
    return graph.node("Concat", [left, right], [("axis", .integer(-1))])
  }

  /// What relative positions add to the scores, (heads, N, N).
  private func relativeBias(_ graph: inout ONNXGraph) -> String {
    let table = graph.weights(
      "relative_bias.weight", [RelativeBias.buckets, configuration.numHeads])
    let buckets = distances(&graph, "relative") { RelativeBias.bucket($0) }
    return graph.transposed(
      graph.node("Gather", [table, buckets], [("axis", .integer(0))]), [2, 0, 1])
  }

  /// A constant (N, N): `value` of the distance j − i for row i and column j.
  private func distances(
    _ graph: inout ONNXGraph, _ name: String, _ value: (Int) -> Int
  ) -> String {
    let values = (0..<tokens).flatMap { row in (0..<tokens).map { value($0 - row) } }
    return graph.constant("distances/\(name)", [tokens, tokens], .integers(values))
  }
}
