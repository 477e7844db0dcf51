package import Datasets
package import Model

extension ONNXGraph {
  /// The network of `configuration` as it is at inference: from inputs of any number of samples to `logits`.
  ///
  /// - Images: `pixels` (batch, channels, rows, columns), normalised unless `normalization` is given, then 0 to 255.
  ///   Logits are (batch, classes).
  /// - Hidden tokens: `input_ids` (batch, N) and `positions` (batch, predictions), the places to predict. Logits are
  ///   (batch, predictions, vocabulary).
  /// - Classes of texts: `input_ids`; logits are (batch, classes).
  /// - Spans: `input_ids`; logits are (batch, 2, N), those of first tokens, then those of last ones.
  ///
  /// - Parameters:
  ///   - configuration: of a model.
  ///   - normalization: makes normalising part of the network; nil leaves it to the caller.
  package init(
    _ configuration: ModelConfiguration, normalizing normalization: Normalization? = nil
  ) {
    self.init()
    let network = NetworkWriter(configuration)
    if configuration.tokenGrid != nil {
      let tokens = network.imageStem(&self, normalization)
      network.head(&self, network.blocks(&self, tokens, mask: nil), mask: nil)
    } else {
      let ids = input("input_ids", .integer, [.any("batch"), .fixed(configuration.tokens)])
      let mask = network.paddingMask(&self, ids)
      let tokens = network.textStem(&self, ids)
      network.head(&self, network.blocks(&self, tokens, mask: mask), mask: mask)
    }
  }
}

/// The values that say where a text is only filled up.
struct PaddingMask {
  /// (B, N, 1): 0 for padding, 1 for the rest.
  let keep: String
  /// (B, 1, N), what is added to the scores of keys: -10⁹ for padding.
  let keys: String
}

/// Writes the parts of a network to a graph: stem, blocks and head.
struct NetworkWriter {
  let configuration: ModelConfiguration

  var tokens: Int { configuration.tokens }
  var width: Int { configuration.dModel }

  init(_ configuration: ModelConfiguration) {
    self.configuration = configuration
  }

  /// From tokens through all blocks.
  func blocks(_ graph: inout ONNXGraph, _ tokens: String, mask: PaddingMask?) -> String {
    (0..<configuration.numLayers).reduce(tokens) { stream, number in
      block(&graph, stream, "blocks.\(number)", mask)
    }
  }

  private func block(
    _ graph: inout ONNXGraph, _ stream: String, _ name: String, _ mask: PaddingMask?
  ) -> String {
    // What mixes tokens by their places leaves padding out only if it is asked to.
    let masked = configuration.maskPadding ? mask : nil
    switch configuration.kind {
    case .gmlp:
      return residual(&graph, stream, "\(name).norm") { graph, input in
        gmlp(&graph, input, name, masked)
      }
    case .transformer:
      let attended = residual(&graph, stream, "\(name).norm1") { graph, input in
        selfAttention(&graph, input, "\(name).attn", mask)
      }
      return residual(&graph, attended, "\(name).norm2") { graph, input in
        feedForward(&graph, input, "\(name).mlp")
      }
    case .mixer:
      let mixed = residual(&graph, stream, "\(name).norm1") { graph, input in
        tokenMixing(&graph, input, "\(name).mlp_tokens", masked)
      }
      return residual(&graph, mixed, "\(name).norm2") { graph, input in
        feedForward(&graph, input, "\(name).mlp_channels")
      }
    case .resmlp:
      let mixed = residual(&graph, stream, "\(name).norm1") { graph, input in
        let sum = graph.linearOverTokens(
          input, "\(name).linear_tokens", inputs: tokens, outputs: tokens)
        return graph.node("Mul", [sum, graph.weights("\(name).ls1", [width])])
      }
      return residual(&graph, mixed, "\(name).norm2") { graph, input in
        let change = feedForward(&graph, input, "\(name).mlp_channels")
        return graph.node("Mul", [change, graph.weights("\(name).ls2", [width])])
      }
    }
  }

  /// `x + branch(norm(x))`, or `norm(x + branch(x))` where the norm comes last.
  private func residual(
    _ graph: inout ONNXGraph, _ input: String, _ normName: String,
    _ branch: (inout ONNXGraph, String) -> String
  ) -> String {
    guard configuration.postNorm else {
      let change = branch(&graph, norm(&graph, input, normName))
      return graph.node("Add", [input, change])
    }
    let sum = graph.node("Add", [input, branch(&graph, input)])
    return norm(&graph, sum, normName)
  }

  /// LN, or in ResMLP `α ∘ x + β`.
  func norm(_ graph: inout ONNXGraph, _ input: String, _ name: String) -> String {
    guard configuration.kind == .resmlp else {
      return graph.layerNorm(input, name, width: width, epsilon: 1e-6)
    }
    graph.scope = name
    let scaled = graph.node("Mul", [input, graph.weights("\(name).alpha", [1, 1, width])])
    return graph.node("Add", [scaled, graph.weights("\(name).beta", [1, 1, width])])
  }

  private func feedForward(_ graph: inout ONNXGraph, _ input: String, _ name: String) -> String {
    let hidden = graph.gelu(
      graph.linear(input, "\(name).fc1", inputs: width, outputs: configuration.dFFN))
    return graph.linear(hidden, "\(name).fc2", inputs: configuration.dFFN, outputs: width)
  }

  private func tokenMixing(
    _ graph: inout ONNXGraph, _ input: String, _ name: String, _ mask: PaddingMask?
  ) -> String {
    graph.scope = name
    let mixed = mask.map { graph.node("Mul", [input, $0.keep]) } ?? input
    let hidden = graph.gelu(
      graph.linearOverTokens(
        mixed, "\(name).fc1", inputs: tokens, outputs: configuration.dToken))
    return graph.linearOverTokens(
      hidden, "\(name).fc2", inputs: configuration.dToken, outputs: tokens)
  }
}
