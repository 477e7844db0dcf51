import Kernels

/// One tensor of a model: its name in timm's state dictionary, and its position.
public struct Parameter: Sendable, Equatable {
  /// The name, such as `blocks.0.mlp_channels.fc1.weight`.
  public let name: String

  /// The sizes, outermost first: a linear layer's weight is (outputs, inputs).
  public let shape: [Int]

  /// The elements in the flat buffer of weights, and in that of the gradient unless the tensor is frozen.
  public let range: Range<Int>

  /// Whether weight decay applies: to matrices, not to biases and gains.
  public let decays: Bool

  /// Whether training leaves it unchanged; it then has no gradient.
  public let isFrozen: Bool

  /// The meaning of each axis; empty if all are channels.
  package let axes: [TensorAxis]

  /// What it holds before the first step.
  let initial: InitialValues

  /// What all of its numbers are before the first step; nil if they differ.
  package var constantStart: Float? {
    if case .constant(let value) = initial { value } else { nil }
  }

  /// Whether it is a matrix that mixes the tokens of a layer: as many outputs as inputs.
  package var isSpatialMatrix: Bool {
    axes == [.tokens, .summedTokens] && shape[0] == shape[1]
  }

  /// Whether it holds the weights of such a matrix by distance.
  package var isToeplitz: Bool { axes == [.distances] }

  /// Whether training changes it.
  var learns: Bool { !isFrozen }
}

extension Buffer {
  /// The tensor `parameter` as a matrix: the first size by all the others, a vector as one row.
  func matrix(_ parameter: Parameter) -> Matrix<Element> {
    matrix(parameter, rows: parameter.shape.count > 1 ? parameter.shape[0] : 1)
  }

  /// The tensor `parameter` as a matrix with this number of rows.
  func matrix(_ parameter: Parameter, rows: Int) -> Matrix<Element> {
    Matrix(self, at: parameter.range.lowerBound, rows: rows, columns: parameter.range.count / rows)
  }
}
