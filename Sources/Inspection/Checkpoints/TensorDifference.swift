package import Checkpoints

/// How a tensor of one file differs from that of the same name in another.
public struct TensorDifference: Sendable, Encodable {
  /// The element whose two values are furthest apart.
  public struct Greatest: Sendable, Encodable {
    /// The absolute difference.
    public let difference: Double
    /// The indices of the element.
    public let place: [Int]
    /// Its value in the first file.
    public let first: Double
    /// Its value in the second.
    public let second: Double
  }

  /// The file in both checkpoints; nil if two files were named.
  public let file: String?
  /// The name of the tensor.
  public let name: String
  /// Type and shape in the first; nil if it has no such tensor.
  public let first: String?
  /// Type and shape in the second; nil if it has no such tensor.
  public let second: String?
  /// The elements, where both have the same type and shape.
  public let elements: Int
  /// Those whose bits differ.
  public let differing: Int
  /// The differing elements that are infinite or NaN in either, so that there is no distance.
  public let notFinite: Int
  /// The greatest distance, if there is one.
  public let greatest: Greatest?

  /// Whether both have it in the same type and shape, with the same bits.
  public var isEqual: Bool { first != nil && first == second && differing == 0 }

  /// Compares the tensor `name`, a mebibyte at a time.
  ///
  /// - Parameters:
  ///   - name: the tensor.
  ///   - first: a file, if there is one.
  ///   - second: another.
  ///   - file: the name of both in their checkpoints.
  ///   - isKnownEqual: whether both files have one digest, so that they need not be read again.
  /// - Throws: `CheckpointError` if reading fails.
  package init(
    _ name: String, _ first: SafeTensorsFile?, _ second: SafeTensorsFile?, file: String?,
    isKnownEqual: Bool
  ) throws(CheckpointError) {
    let tensors = (first?.tensors[name], second?.tensors[name])
    self.file = file
    self.name = name
    self.first = tensors.0?.kind
    self.second = tensors.1?.kind
    var counted = TensorComparison()
    if let first, let second, let tensor = tensors.0, tensor.kind == tensors.1?.kind {
      elements = tensor.count
      if !isKnownEqual { try counted.compare(tensor, first, second) }
    } else {
      elements = 0
    }
    differing = counted.differing
    notFinite = counted.notFinite
    greatest = counted.greatest
  }
}

extension SafeTensor {
  /// Type and shape: `F32 [2, 3]`.
  fileprivate var kind: String { "\(typeName) \(shape)" }
}
