import Datasets
import Model

/// The first and the last layers.
extension NetworkWriter {
  /// The name of what a graph computes.
  static let logits = "logits"

  /// From pixels to tokens (B, N, D), with a class token and positions for a Transformer.
  func imageStem(_ graph: inout ONNXGraph, _ scaling: Normalization?) -> String {
    let (channels, patch) = (configuration.channels, configuration.patchSize)
    let extents = ([channels] + configuration.imageSize).map { ONNXGraph.Extent.fixed($0) }
    let pixels = graph.input("pixels", .float, [.any("batch")] + extents)
    let normalized = scaling.map { scaled(&graph, pixels, $0) } ?? pixels
    let name = configuration.classToken ? "patch_embed.proj" : "stem.proj"
    graph.scope = name
    let patches = graph.node(
      "Conv",
      [
        normalized, graph.weights("\(name).weight", [width, channels] + patch),
        graph.weights("\(name).bias", [width]),
      ], [("kernel_shape", .integers(patch)), ("strides", .integers(patch))])
    let rows = graph.node("Reshape", [patches, graph.integers([0, width, -1])])
    let tokens = graph.transposed(rows, [0, 2, 1])
    return configuration.classToken ? withClassToken(&graph, tokens) : tokens
  }

  private func scaled(
    _ graph: inout ONNXGraph, _ pixels: String, _ scaling: Normalization
  ) -> String {
    graph.scope = "normalization"
    let shape = [scaling.mean.count, 1, 1]
    let mean = graph.constant("normalization/mean", shape, .floats(scaling.mean.map { 255 * $0 }))
    let std = graph.constant("normalization/std", shape, .floats(scaling.std.map { 255 * $0 }))
    return graph.node("Div", [graph.node("Sub", [pixels, mean]), std])
  }

  /// Puts the class token before the patches and adds the positions.
  private func withClassToken(_ graph: inout ONNXGraph, _ patches: String) -> String {
    graph.scope = "cls_token"
    let batch = graph.node("Shape", [patches], [("start", .integer(0)), ("end", .integer(1))])
    let shape = graph.node("Concat", [batch, graph.integers([1, width])], [("axis", .integer(0))])
    let first = graph.node("Expand", [graph.weights("cls_token", [1, 1, width]), shape])
    let all = graph.node("Concat", [first, patches], [("axis", .integer(1))])
    return graph.node("Add", [all, graph.weights("pos_embed", [1, tokens, width])])
  }

  /// Where `ids` are padding; nil if the model does not know.
  func paddingMask(_ graph: inout ONNXGraph, _ ids: String) -> PaddingMask? {
    guard configuration.paddingToken >= 0 else { return nil }
    guard configuration.maskPadding || configuration.kind == .transformer || readsMean else {
      return nil
    }
    graph.scope = "padding"
    let padding = graph.areEqual(ids, to: configuration.paddingToken, as: .float)
    let keep = graph.node("Sub", [graph.scalar(Float(1)), padding])
    let hidden = graph.node("Mul", [padding, graph.scalar(Float(-1e9))])
    return PaddingMask(
      keep: graph.node("Unsqueeze", [keep, graph.integers([2])]),
      keys: graph.node("Unsqueeze", [hidden, graph.integers([1])]))
  }

  /// From `ids` to tokens (B, N, D).
  func textStem(_ graph: inout ONNXGraph, _ ids: String) -> String {
    graph.scope = "embedding"
    let table = embedding(&graph)
    var tokens = graph.node("Gather", [table, ids], [("axis", .integer(0))])
    if configuration.positions == .learned {
      let positions = graph.weights("position_embedding.weight", [self.tokens, width])
      tokens = graph.node("Add", [tokens, positions])
    }
    if configuration.segments { tokens = graph.node("Add", [tokens, segments(&graph, ids)]) }
    return tokens
  }

  private func embedding(_ graph: inout ONNXGraph) -> String {
    graph.weights("embedding.weight", [configuration.vocabularySize, width])
  }

  /// The vector of each token's text: the second behind the first separator, but for padding.
  private func segments(_ graph: inout ONNXGraph, _ ids: String) -> String {
    graph.scope = "segment_embedding"
    let ends = graph.areEqual(ids, to: configuration.separatorToken, as: .integer)
    let before = graph.node("CumSum", [ends, graph.scalar(1)], [("exclusive", .integer(1))])
    var isSecond = graph.cast(graph.node("Greater", [before, graph.scalar(0)]), to: .integer)
    if configuration.paddingToken >= 0 {
      let padding = graph.areEqual(ids, to: configuration.paddingToken, as: .integer)
      isSecond = graph.node(
        "Mul", [isSecond, graph.node("Sub", [graph.scalar(1), padding])])
    }
    let table = graph.weights("segment_embedding.weight", [2, width])
    return graph.node("Gather", [table, isSecond], [("axis", .integer(0))])
  }

  /// From the tokens behind the last block to logits, which become the graph's output.
  func head(_ graph: inout ONNXGraph, _ stream: String, mask: PaddingMask?) {
    switch ExportedTask(configuration).head {
    case .classes: classHead(&graph, stream, mask)
    case .pieces: maskedTokenHead(&graph, stream)
    case .ends: spanHead(&graph, stream)
    }
  }

  /// Whether a class is read from the mean of tokens.
  private var readsMean: Bool {
    ExportedTask(configuration).head == .classes
      && configuration.classReading.pooling == .mean
  }

  private func classHead(_ graph: inout ONNXGraph, _ stream: String, _ mask: PaddingMask?) {
    let classes = configuration.numClasses
    graph.scope = "pooling"
    let pooled: String
    if !readsMean {
      // One token of each sample, (B, 1, D): the norm needs no other.
      let first = graph.node("Gather", [stream, graph.integers([0])], [("axis", .integer(1))])
      pooled = mean(&graph, norm(&graph, first, "norm"))
    } else if let mask {
      pooled = mean(&graph, norm(&graph, stream, "norm"), keeping: mask.keep)
    } else {
      pooled = mean(&graph, norm(&graph, stream, "norm"))
    }
    _ = graph.linear(pooled, "head", inputs: width, outputs: classes, named: Self.logits)
    graph.output(Self.logits, [.any("batch"), .fixed(classes)])
  }

  /// The mean of all tokens: (B, N, D) to (B, D).
  private func mean(_ graph: inout ONNXGraph, _ tokens: String) -> String {
    graph.scope = "pooling"
    return graph.node(
      "ReduceMean", [tokens], [("axes", .integers([1])), ("keepdims", .integer(0))])
  }

  /// The mean of the tokens where `keep` (B, N, 1) is 1; of all where it is 1 nowhere.
  private func mean(_ graph: inout ONNXGraph, _ tokens: String, keeping keep: String) -> String {
    graph.scope = "pooling"
    let overTokens = graph.integers([1])
    let real = graph.node("ReduceSum", [keep, overTokens])
    let isEmpty = graph.node("Equal", [real, graph.scalar(Float(0))])
    let kept = graph.node("Where", [isEmpty, graph.scalar(Float(1)), keep])
    let count = graph.node("ReduceSum", [kept, overTokens], [("keepdims", .integer(1))])
    let sum = graph.node(
      "ReduceSum", [graph.node("Mul", [tokens, kept]), overTokens], [("keepdims", .integer(1))])
    return graph.node("Squeeze", [graph.node("Div", [sum, count]), overTokens])
  }

  private func maskedTokenHead(_ graph: inout ONNXGraph, _ stream: String) {
    let positions = graph.input("positions", .integer, [.any("batch"), .any("predictions")])
    graph.scope = "head"
    let places = graph.node("Unsqueeze", [positions, graph.integers([2])])
    let hidden = graph.node("GatherND", [stream, places], [("batch_dims", .integer(1))])
    let normalized = norm(&graph, hidden, "norm")
    graph.scope = "head"
    let inputs = [normalized, graph.transposed(embedding(&graph))]
    if configuration.outputBias {
      let products = graph.node("MatMul", inputs)
      let bias = graph.weights("head.bias", [configuration.vocabularySize])
      _ = graph.node("Add", [products, bias], named: Self.logits)
    } else {
      _ = graph.node("MatMul", inputs, named: Self.logits)
    }
    graph.output(
      Self.logits, [.any("batch"), .any("predictions"), .fixed(configuration.vocabularySize)])
  }

  private func spanHead(_ graph: inout ONNXGraph, _ stream: String) {
    let normalized = norm(&graph, stream, "norm")
    let ends = graph.linear(normalized, "head", inputs: width, outputs: 2)
    _ = graph.node(
      "Transpose", [ends], [("perm", .integers([0, 2, 1]))], named: Self.logits)
    graph.output(Self.logits, [.any("batch"), .fixed(2), .fixed(tokens)])
  }
}
