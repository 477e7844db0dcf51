/// Where every tensor of a model lies in the flat buffer of weights, gradients or moments.
///
/// The buffer is in backward order: head, then the last block to the first, then the stem. So a
/// prefix of the gradient becomes final as the backward pass proceeds. Each tensor begins at a
/// multiple of 16 floats; what lies between is padding that stays zero.
public struct ParameterLayout: Sendable, Equatable {
  /// The floats to which every tensor is aligned.
  public static let alignment = 16

  /// The tensors in the order of timm's `state_dict()`.
  public let parameters: [Parameter]

  /// The length of the flat buffer, padding included: a multiple of 16.
  public let count: Int

  private let indices: [String: Int]

  /// Lays out tensors.
  ///
  /// - Parameter groups: the layers in forward order, each with its tensors in state-dict order.
  init(groups: [[(name: String, shape: [Int])]]) {
    var end = 0
    var laidOut: [[Parameter]] = []
    for group in groups.reversed() {
      laidOut.append(
        group.map { tensor in
          let size = tensor.shape.reduce(1, *)
          let start = end
          end = (start + size + Self.alignment - 1) / Self.alignment * Self.alignment
          return Parameter(
            name: tensor.name, shape: tensor.shape, range: start..<(start + size),
            decays: tensor.shape.count > 1)
        })
    }
    parameters = laidOut.reversed().flatMap { $0 }
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

  /// The first element that does not belong to the layers up to and with `parameter`'s, padding included.
  func end(of parameter: Parameter) -> Int {
    (parameter.range.upperBound + Self.alignment - 1) / Self.alignment * Self.alignment
  }
}
