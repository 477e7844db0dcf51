/// The position of every tensor of a model in the flat buffer of weights.
///
/// The tensors that learn come first, in backward order: the head, the last block to the first, the stem. Only they
/// have a gradient, at the same positions in a separate buffer. So a growing prefix of it becomes final as
/// the backward pass proceeds. The frozen tensors come last. Each tensor begins at a multiple of 16 floats; the
/// padding between tensors stays zero.
public struct ParameterLayout: Sendable, Equatable {
  /// The floats to which every tensor is aligned.
  public static let alignment = 16

  /// The floats to which the first frozen tensor is aligned: whole pages, and whole blocks of checksums.
  public static let frozenAlignment = 4_096

  /// The tensors in the order of timm's `state_dict()`: stem, blocks, head.
  public let parameters: [Parameter]

  /// The length of the flat buffer of weights, padding included: a multiple of 16.
  public let count: Int

  /// The length of the flat gradient: that of the weights up to the first frozen tensor.
  public let gradientCount: Int

  /// The length of the prefix of the gradient that is final once a layer's backward is done, by layer:
  /// the stem, the blocks, the head.
  let prefixes: [Int]

  private let indices: [String: Int]

  /// Lays out tensors.
  ///
  /// - Parameters:
  ///   - layers: the layers in forward order, each with its tensors in state-dict order.
  ///   - isFrozen: asked with the name of each tensor; true if it does not learn.
  init(layers: [[TensorDeclaration]], isFrozen: (String) -> Bool = { _ in false }) {
    let tensors = layers.flatMap { $0 }
    let frozen = tensors.map { isFrozen($0.name) }
    var starts = Array(repeating: 0, count: tensors.count)
    var end = 0
    func place(_ index: Int) {
      starts[index] = end
      end = Self.aligned(end + tensors[index].size, to: Self.alignment)
    }
    var prefixes: [Int] = []
    var upper = tensors.count
    for layer in layers.reversed() {
      for index in upper - layer.count..<upper where !frozen[index] { place(index) }
      upper -= layer.count
      prefixes.append(end)
    }
    gradientCount = end
    if frozen.contains(true) { end = Self.aligned(end, to: Self.frozenAlignment) }
    for index in tensors.indices.reversed() where frozen[index] { place(index) }
    count = end
    parameters = tensors.indices.map { index in
      let (tensor, start) = (tensors[index], starts[index])
      return Parameter(
        name: tensor.name, shape: tensor.shape, range: start..<(start + tensor.size),
        decays: tensor.decays, isFrozen: frozen[index], axes: tensor.axes, initial: tensor.initial)
    }
    self.prefixes = prefixes.reversed()
    indices = Dictionary(
      uniqueKeysWithValues: parameters.enumerated().map { ($1.name, $0) })
  }

  /// The lowest layer with a tensor that learns, in which backward ends; the head where none does.
  var lowestLearningLayer: Int { prefixes.lastIndex(of: gradientCount) ?? 0 }

  /// The tensors that training changes, in state-dict order.
  public var learning: [Parameter] { parameters.filter(\.learns) }

  /// The tensors that training leaves unchanged, in state-dict order.
  public var frozen: [Parameter] { parameters.filter(\.isFrozen) }

  /// The frozen tensors' part of the flat buffer; empty if all tensors learn.
  public var frozenRange: Range<Int> {
    (parameters.filter(\.isFrozen).map(\.range.lowerBound).min() ?? count)..<count
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

  private static func aligned(_ count: Int, to alignment: Int) -> Int {
    (count + alignment - 1) / alignment * alignment
  }
}
