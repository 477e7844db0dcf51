package import Files
import Foundation
package import Kernels
package import Model
import Platform

/// A file of ONNX: a graph with the weights of a model.
///
/// The bytes are a function of graph, weights and metadata: there is no date in it.
///
/// - Note: Source: onnx/onnx.proto and the page IR of its documentation; opset 17 and version 8 of the format, which all
///   current programs read.
package struct ONNXFile {
  private static let formatVersion = 8
  private static let operators = 17

  /// Weights of more bytes lie in a file of their own: a message of Protocol Buffers ends at 2 GiB.
  package static let largestInside = 1 << 30

  /// Where weights begin in that file: at whole pages, so that a reader can map them.
  private static let alignment = 4_096

  private let graph: ONNXGraph
  private let layout: ParameterLayout
  private let weights: FloatBuffer
  private let metadata: [(key: String, value: String)]

  /// The content of a file.
  ///
  /// - Parameters:
  ///   - graph: the network.
  ///   - layout: where its tensors lie.
  ///   - weights: the flat weights.
  ///   - metadata: what a reader should know, in the order in which it is written.
  package init(
    _ graph: ONNXGraph, _ layout: ParameterLayout, _ weights: FloatBuffer,
    metadata: [(key: String, value: String)] = []
  ) {
    self.graph = graph
    self.layout = layout
    self.weights = weights
    self.metadata = metadata
  }

  /// Writes the file, and another one beside it where there are many weights.
  ///
  /// - Parameters:
  ///   - path: where; a file there is replaced.
  ///   - largestInside: the bytes of weights above which they get a file of their own.
  /// - Returns: the paths of the files.
  /// - Throws: `SystemCallError`.
  package func write(
    to path: String, largestInside: Int = Self.largestInside
  ) throws(SystemCallError) -> [String] {
    let bytes = graph.constants.reduce(0) { $0 + ($1.content == .weights ? 4 * $1.count : 0) }
    guard bytes > largestInside else {
      try write(message { tensor($0, at: nil) }.bytes, to: path)
      return [path]
    }
    let beside = "\(path).data"
    let starts = try writeWeights(to: beside)
    let name = URL(filePath: beside).lastPathComponent
    let outside = message { constant in
      tensor(constant, at: starts[constant.name].map { (file: name, start: $0) })
    }
    try write(outside.bytes, to: path)
    return [path, beside]
  }

  /// Writes the weights alone.
  ///
  /// - Returns: the first byte of each tensor.
  private func writeWeights(to path: String) throws(SystemCallError) -> [String: Int] {
    let file = try RegularFile(path, for: .replacing)
    var starts: [String: Int] = [:]
    var end = 0
    for constant in graph.constants where constant.content == .weights {
      let start = (end + Self.alignment - 1) / Self.alignment * Self.alignment
      try weights.withSpan(parameter(of: constant).range) { values throws(SystemCallError) in
        try file.write(values, at: start)
      }
      starts[constant.name] = start
      end = start + 4 * constant.count
    }
    try file.synchronize()
    try file.close()
    return starts
  }

  private func write(_ bytes: [UInt8], to path: String) throws(SystemCallError) {
    let file = try RegularFile(path, for: .replacing)
    try file.write(bytes.span, at: 0)
    try file.synchronize()
    try file.close()
  }

  private func parameter(of constant: ONNXGraph.Constant) -> Parameter {
    guard let parameter = layout[constant.name], parameter.shape == constant.shape else {
      preconditionFailure("no tensor \(constant.name) of shape \(constant.shape)")
    }
    return parameter
  }
}

/// The messages; field numbers are those of onnx.proto.
extension ONNXFile {
  private func message(_ tensor: (ONNXGraph.Constant) -> ProtocolBuffer) -> ProtocolBuffer {
    var model = ProtocolBuffer()
    model.add(1, integer: Self.formatVersion)
    model.add(2, text: "gmlp-train")
    model.add(3, text: Version.current)
    model.add(7, message: graphMessage(tensor))
    model.add(8) { operators in
      operators.add(1, text: "")
      operators.add(2, integer: Self.operators)
    }
    for entry in metadata { model.add(14, message: Self.pair(entry.key, entry.value)) }
    return model
  }

  private func graphMessage(_ tensor: (ONNXGraph.Constant) -> ProtocolBuffer) -> ProtocolBuffer {
    var message = ProtocolBuffer()
    for node in graph.nodes { message.add(1, message: Self.node(node)) }
    message.add(2, text: "gmlp-train")
    for constant in graph.constants { message.add(5, message: tensor(constant)) }
    for input in graph.inputs { message.add(11, message: Self.value(input)) }
    for output in graph.outputs { message.add(12, message: Self.value(output)) }
    return message
  }

  private static func node(_ node: ONNXGraph.Node) -> ProtocolBuffer {
    var message = ProtocolBuffer()
    for input in node.inputs { message.add(1, text: input) }
    for output in node.outputs { message.add(2, text: output) }
    // A node has the name of its first output.
    message.add(3, text: node.outputs[0])
    message.add(4, text: node.operation)
    for (name, value) in node.attributes { message.add(5, message: attribute(name, value)) }
    return message
  }

  private static func attribute(_ name: String, _ value: ONNXGraph.Attribute) -> ProtocolBuffer {
    var message = ProtocolBuffer()
    message.add(1, text: name)
    switch value {
    case .float(let number):
      message.add(2, float: number)
      message.add(20, integer: 1)
    case .integer(let number):
      message.add(3, integer: number)
      message.add(20, integer: 2)
    case .integers(let numbers):
      for number in numbers { message.add(8, integer: number) }
      message.add(20, integer: 7)
    }
    return message
  }

  /// A constant; `place` is the file and the byte where its weights are, if not in this one.
  private func tensor(
    _ constant: ONNXGraph.Constant, at place: (file: String, start: Int)?
  ) -> ProtocolBuffer {
    var message = ProtocolBuffer()
    for extent in constant.shape { message.add(1, integer: extent) }
    message.add(2, integer: constant.type.rawValue)
    message.add(8, text: constant.name)
    switch constant.content {
    case .floats(let values): message.add(9, floats: values)
    case .integers(let values): message.add(9, bytes: Self.littleEndian(values))
    case .weights:
      if let place {
        message.add(13, message: Self.pair("location", place.file))
        message.add(13, message: Self.pair("offset", "\(place.start)"))
        message.add(13, message: Self.pair("length", "\(4 * constant.count)"))
        message.add(14, integer: 1)
      } else {
        let values = weights.withSpan(parameter(of: constant).range) { values in
          values.indices.map { values[$0] }
        }
        message.add(9, floats: values)
      }
    }
    return message
  }

  private static func littleEndian(_ values: [Int]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 * values.count)
    for value in values {
      for shift in stride(from: 0, to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
    return bytes
  }

  /// An input or output: its name, and the type of its elements with its shape.
  private static func value(_ value: ONNXGraph.Value) -> ProtocolBuffer {
    var shape = ProtocolBuffer()
    for extent in value.shape {
      shape.add(1) { dimension in
        switch extent {
        case .fixed(let size): dimension.add(1, integer: size)
        case .any(let name): dimension.add(2, text: name)
        }
      }
    }
    var tensor = ProtocolBuffer()
    tensor.add(1, integer: value.type.rawValue)
    tensor.add(2, message: shape)
    var message = ProtocolBuffer()
    message.add(1, text: value.name)
    message.add(2) { $0.add(1, message: tensor) }
    return message
  }

  private static func pair(_ key: String, _ value: String) -> ProtocolBuffer {
    var message = ProtocolBuffer()
    message.add(1, text: key)
    message.add(2, text: value)
    return message
  }
}

extension ONNXGraph.Constant {
  /// The number of elements.
  package var count: Int { shape.reduce(1, *) }

  /// The type of the elements.
  var type: ONNXGraph.ElementType {
    switch content {
    case .integers: .integer
    case .floats, .weights: .float
    }
  }
}
