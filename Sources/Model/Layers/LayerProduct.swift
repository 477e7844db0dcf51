import Profiling

/// A matrix product that a layer does for one chunk of samples.
struct LayerProduct: Sendable, Equatable {
  /// The shapes.
  let product: MatrixProduct

  /// How many times it is computed.
  let times: Int

  /// The phase that its time is charged to.
  let phase: Phase

  /// Multiply-adds.
  var multiplyAdds: Int { times * product.multiplyAdds }

  /// Forward, input gradient and weight gradient of `x·Wᵀ`, where W is (outputs, inputs).
  static func linear(
    rows: Int, inputs: Int, outputs: Int, _ gradients: Gradients
  ) -> [LayerProduct] {
    gradients.needed([
      LayerProduct(
        product: MatrixProduct(
          rows: rows, columns: outputs, terms: inputs, leftIsTransposed: false,
          rightIsTransposed: true, adds: false), times: 1, phase: .forward(.linear)),
      LayerProduct(
        product: MatrixProduct(
          rows: rows, columns: inputs, terms: outputs, leftIsTransposed: false,
          rightIsTransposed: false, adds: false), times: 1, phase: .backward(.linear)),
      LayerProduct(
        product: MatrixProduct(
          rows: outputs, columns: inputs, terms: rows, leftIsTransposed: true,
          rightIsTransposed: false, adds: true), times: 1, phase: .backward(.linearWeights)),
    ])
  }

  /// Forward, input gradient and weight gradient of `W·x`, which mixes the tokens of each of `samples`: W is
  /// (tokens, tokens).
  static func spatial(
    tokens: Int, width: Int, samples: Int, _ gradients: Gradients
  ) -> [LayerProduct] {
    func product(columns: Int, terms: Int, _ phase: Phase) -> LayerProduct {
      LayerProduct(
        product: MatrixProduct(
          rows: tokens, columns: columns, terms: terms,
          leftIsTransposed: phase == .backward(.spatial),
          rightIsTransposed: phase == .backward(.spatialWeights),
          adds: phase == .backward(.spatialWeights)), times: samples, phase: phase)
    }
    return gradients.needed([
      product(columns: width, terms: tokens, .forward(.spatial)),
      product(columns: width, terms: tokens, .backward(.spatial)),
      product(columns: tokens, terms: width, .backward(.spatialWeights)),
    ])
  }
}

/// The gradients that a product with weights needs: not all of them where tensors are frozen.
struct Gradients: Sendable {
  /// That of its input, because something below it learns.
  let input: Bool

  /// That of its weights.
  let weights: Bool

  /// The products that a layer computes, out of all of its products.
  func needed(_ products: [LayerProduct]) -> [LayerProduct] {
    products.filter { product in
      switch product.phase {
      case .backward(.linear), .backward(.spatial): input
      case .backward(.linearWeights), .backward(.spatialWeights): weights
      default: true
      }
    }
  }
}
