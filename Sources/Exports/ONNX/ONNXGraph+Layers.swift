/// The layers that all kinds of models are made of.
extension ONNXGraph {
  /// `x·Wᵀ + b` on the last axis.
  mutating func linear(
    _ input: String, _ name: String, inputs: Int, outputs: Int, named output: String? = nil
  ) -> String {
    scope = name
    let weight = weights("\(name).weight", [outputs, inputs])
    let product = node("MatMul", [input, transposed(weight)])
    return node("Add", [product, weights("\(name).bias", [outputs])], named: output)
  }

  /// `W·x + b` over the tokens of x (B, N, …), where W is (outputs, N).
  mutating func linearOverTokens(
    _ input: String, _ name: String, inputs: Int, outputs: Int
  ) -> String {
    scope = name
    let weight = weights("\(name).weight", [outputs, inputs])
    return addTokenBias(node("MatMul", [weight, input]), name, outputs)
  }

  /// Adds a number to all channels of each token.
  mutating func addTokenBias(_ input: String, _ name: String, _ tokens: Int) -> String {
    let bias = node("Unsqueeze", [weights("\(name).bias", [tokens]), integers([1])])
    return node("Add", [input, bias])
  }

  /// A matrix with its axes exchanged; programs that run the graph do that once, when they load it.
  mutating func transposed(_ matrix: String) -> String {
    transposed(matrix, [1, 0])
  }

  /// A tensor with its axes in another order.
  mutating func transposed(_ tensor: String, _ order: [Int]) -> String {
    node("Transpose", [tensor], [("perm", .integers(order))])
  }

  /// `LN(x)` over the last axis.
  mutating func layerNorm(_ input: String, _ name: String, width: Int, epsilon: Float) -> String {
    scope = name
    let (gain, bias) = (weights("\(name).weight", [width]), weights("\(name).bias", [width]))
    return node(
      "LayerNormalization", [input, gain, bias],
      [("axis", .integer(-1)), ("epsilon", .float(epsilon))])
  }

  /// `x·Φ(x)`, in the five nodes that programs know as GELU.
  mutating func gelu(_ input: String) -> String {
    let erf = node("Erf", [node("Div", [input, scalar(Float(2).squareRoot())])])
    let doubled = node("Mul", [input, node("Add", [erf, scalar(Float(1))])])
    return node("Mul", [doubled, scalar(Float(0.5))])
  }

  /// `softmax(q·kᵀ·scale + offsets)·v`; `keys` are kᵀ.
  mutating func attention(
    _ queries: String, _ keys: String, _ values: String, size: Int, adding offsets: [String]
  ) -> String {
    let products = node("MatMul", [queries, keys])
    var scores = node("Mul", [products, scalar(1 / Float(size).squareRoot())])
    for offset in offsets { scores = node("Add", [scores, offset]) }
    return node("MatMul", [node("Softmax", [scores], [("axis", .integer(-1))]), values])
  }

  /// A truth value for each token of text, as `type`: 1 where it is `token`.
  mutating func areEqual(_ tokens: String, to token: Int, as type: ElementType) -> String {
    cast(node("Equal", [tokens, scalar(token)]), to: type)
  }

  /// The numbers as `type`.
  mutating func cast(_ input: String, to type: ElementType) -> String {
    node("Cast", [input], [("to", .integer(type.rawValue))])
  }
}
