/// A network in the terms of ONNX: nodes in the order in which they are computed, and the constants that they read.
///
/// A value is known by its name. Nothing in a graph depends on the number of samples.
package struct ONNXGraph: Sendable {
  /// One operation.
  package struct Node: Sendable {
    /// What it computes, as `MatMul`.
    package let operation: String
    /// The names of the values that it reads.
    package let inputs: [String]
    /// The names of the values that it makes.
    package let outputs: [String]
    /// What else decides it, by name.
    package let attributes: [(name: String, value: Attribute)]
  }

  /// The value of an attribute.
  package enum Attribute: Sendable, Equatable {
    case float(Float)
    case integer(Int)
    case integers([Int])
  }

  /// An extent of an input or output.
  package enum Extent: Sendable, Equatable {
    case fixed(Int)
    /// Any number, the same wherever the name stands.
    case any(String)
  }

  /// The types of elements.
  package enum ElementType: Int, Sendable {
    case float = 1
    case integer = 7
  }

  /// An input or an output.
  package struct Value: Sendable, Equatable {
    package let name: String
    package let type: ElementType
    package let shape: [Extent]
  }

  /// Numbers that are part of the file.
  package struct Constant: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
      case floats([Float])
      case integers([Int])
      /// The tensor of the model that has this name.
      case weights
    }

    package let name: String
    package let shape: [Int]
    package let content: Content
  }

  /// In the order of computation.
  package private(set) var nodes: [Node] = []
  /// In the order in which they were first named.
  package private(set) var constants: [Constant] = []
  /// What a caller gives.
  package private(set) var inputs: [Value] = []
  /// What a caller gets.
  package private(set) var outputs: [Value] = []

  /// The layer that is being added, with which the names of its values begin.
  var scope = ""

  private var known: Set<String> = []

  /// Declares an input.
  ///
  /// - Returns: its name.
  mutating func input(_ name: String, _ type: ElementType, _ shape: [Extent]) -> String {
    inputs.append(Value(name: name, type: type, shape: shape))
    return name
  }

  /// Declares an output of floats, which a node has made under this name.
  mutating func output(_ name: String, _ shape: [Extent]) {
    outputs.append(Value(name: name, type: .float, shape: shape))
  }

  /// Adds a node with one output.
  ///
  /// - Parameters:
  ///   - operation: what it computes.
  ///   - inputs: the values that it reads.
  ///   - attributes: what else decides it.
  ///   - name: the name of its output; nil for one made of the scope.
  /// - Returns: the name of its output.
  mutating func node(
    _ operation: String, _ inputs: [String], _ attributes: [(name: String, value: Attribute)] = [],
    named name: String? = nil
  ) -> String {
    let output = name ?? "\(scope)/\(operation)_\(nodes.count)"
    nodes.append(
      Node(operation: operation, inputs: inputs, outputs: [output], attributes: attributes))
    return output
  }

  /// Cuts the last axis of `input` into pieces.
  ///
  /// - Returns: the names of as many values as there are `widths`.
  mutating func split(_ input: String, into widths: [Int]) -> [String] {
    let outputs = widths.indices.map { "\(scope)/Split_\(nodes.count)_\($0)" }
    nodes.append(
      Node(
        operation: "Split", inputs: [input, integers(widths)], outputs: outputs,
        attributes: [("axis", .integer(-1))]))
    return outputs
  }

  /// The tensor of the model with this name and shape.
  mutating func weights(_ name: String, _ shape: [Int]) -> String {
    constant(name, shape, .weights)
  }

  /// A single float.
  mutating func scalar(_ value: Float) -> String {
    constant("float/\(value)", [], .floats([value]))
  }

  /// A single integer.
  mutating func scalar(_ value: Int) -> String {
    constant("integer/\(value)", [], .integers([value]))
  }

  /// A vector of integers, such as a shape.
  mutating func integers(_ values: [Int]) -> String {
    let name = "integers/" + values.map { "\($0)" }.joined(separator: "_")
    return constant(name, [values.count], .integers(values))
  }

  /// A constant under a name; the name stands for the same numbers everywhere.
  mutating func constant(_ name: String, _ shape: [Int], _ content: Constant.Content) -> String {
    if known.insert(name).inserted {
      constants.append(Constant(name: name, shape: shape, content: content))
    }
    return name
  }
}
