/// Where every tensor of a model lies in the flat buffer of weights, gradients or moments.
///
/// The buffer is in backward order: head, then the last block to the first, then the stem. So a
/// prefix of the gradient becomes final as the backward pass proceeds. Each tensor begins at a
/// multiple of 16 floats; what lies between is padding that stays zero.
public struct ParameterLayout: Sendable, Equatable {
  /// The floats to which every tensor is aligned.
  public static let alignment = 16

  /// The tensors in the order of timm's `state_dict()`: stem, blocks, head.
  public let parameters: [Parameter]

  /// The length of the flat buffer, padding included: a multiple of 16.
  public let count: Int

  /// The length of the prefix of the gradient that is final once a layer's backward is done, by layer:
  /// the stem, the blocks, the head.
  let prefixes: [Int]

  private let indices: [String: Int]

  /// Lays out tensors.
  ///
  /// - Parameter layers: the layers in forward order, each with its tensors in state-dict order.
  init(layers: [[TensorDeclaration]]) {
    var end = 0
    var laidOut: [[Parameter]] = []
    var prefixes: [Int] = []
    for layer in layers.reversed() {
      laidOut.append(
        layer.map { tensor in
          let size = tensor.shape.reduce(1, *)
          let start = end
          end = (start + size + Self.alignment - 1) / Self.alignment * Self.alignment
          return Parameter(
            name: tensor.name, shape: tensor.shape, range: start..<(start + size),
            decays: tensor.decays, initial: tensor.initial)
        })
      prefixes.append(end)
    }
    parameters = laidOut.reversed().flatMap { $0 }
    self.prefixes = prefixes.reversed()
    count = end
    indices = Dictionary(
      uniqueKeysWithValues: parameters.enumerated().map { ($1.name, $0) })
  }

  /// The tensor with a name, or nil.
  public subscript(name: String) -> Parameter? {
    indices[name].map { parameters[$0] }
  }

  /// The tensor that the model's own code names.
  func require(_ name: String) -> Parameter {
    guard let parameter = self[name] else { preconditionFailure("no tensor \(name)") }
    return parameter
  }
}
