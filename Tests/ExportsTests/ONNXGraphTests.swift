import Configuration
import Datasets
import Exports
import Kernels
import Model
import TestSupport
import Testing

/// Graphs as lists, and files byte by byte.
struct ONNXGraphTests {
  @Test(
    "A graph has every tensor of its model, once and in its shape",
    arguments: SmallNetwork.allCases)
  func tensors(network: SmallNetwork) throws {
    let layout = try Model(network.configuration).layout
    let constants = ONNXGraph(network.configuration).constants.filter { $0.content == .weights }
    #expect(constants.count == layout.parameters.count)
    for constant in constants { #expect(layout[constant.name]?.shape == constant.shape) }
    #expect(Set(constants.map(\.name)) == Set(layout.parameters.map(\.name)))
  }

  @Test("Every value is made once, before it is read", arguments: SmallNetwork.allCases)
  func order(network: SmallNetwork) throws {
    let graph = ONNXGraph(network.configuration)
    let given = graph.inputs.map(\.name) + graph.constants.map(\.name)
    var known = Set(given)
    #expect(known.count == given.count)
    for node in graph.nodes {
      for input in node.inputs { #expect(known.contains(input), "\(node)") }
      for output in node.outputs {
        let isNew = known.insert(output).inserted
        #expect(isNew, "\(node)")
      }
    }
    #expect(graph.outputs.map(\.name) == ["logits"] && known.contains("logits"))
  }

  @Test("Inputs and outputs take any number of samples", arguments: SmallNetwork.allCases)
  func batches(network: SmallNetwork) {
    let graph = ONNXGraph(network.configuration)
    for value in graph.inputs + graph.outputs { #expect(value.shape.first == .any("batch")) }
  }

  @Test("A network of pixels from 0 to 255 normalises them first; one of text takes none")
  func pixels() throws {
    let normalization = Normalization(mean: [0, 0.5, 1], std: [0.5, 1, 0.25])
    let graph = ONNXGraph(
      SmallNetwork.gmlpImages.configuration, normalizing: normalization)
    #expect(graph.nodes.prefix(3).map(\.operation) == ["Sub", "Div", "Conv"])
    let constants = Dictionary(uniqueKeysWithValues: graph.constants.map { ($0.name, $0) })
    #expect(constants["normalization/mean"]?.content == .floats([0, 127.5, 255]))
    #expect(constants["normalization/std"]?.content == .floats([127.5, 255, 63.75]))
    #expect(constants["normalization/std"]?.shape == [3, 1, 1])
    let folder = try TemporaryFolder()
    let text = try SmallNetwork.gmlpText.exported()
    #expect(throws: CommandError.self) {
      try ONNXExport(text, to: "\(folder.path)/text.onnx", takesPixels: true)
    }
    #expect(try folder.names(in: folder.path).isEmpty)
  }

  @Test("A file begins with its version, and is the same when it is written again")
  func file() throws {
    let folder = try TemporaryFolder()
    let model = try SmallNetwork.gmlpImages.exported()
    let (first, second) = ("\(folder.path)/a.onnx", "\(folder.path)/b.onnx")
    let export = try ONNXExport(model, to: first)
    #expect(export.paths == [first])
    _ = try ONNXExport(model, to: second)
    let bytes = try folder.read(first)
    #expect(bytes.starts(with: [0x08, 8, 0x12, 10] + Array("gmlp-train".utf8)))
    #expect(try bytes == folder.read(second))
  }

  @Test("Many weights lie in a file of their own, each from a whole page on")
  func external() throws {
    let folder = try TemporaryFolder()
    let model = try SmallNetwork.gmlpImages.exported()
    let path = "\(folder.path)/large.onnx"
    let file = ONNXFile(ONNXGraph(model.configuration.model), model.layout, model.weights)
    #expect(try file.write(to: path, largestInside: 0) == [path, "\(path).data"])
    let weights = try folder.read("\(path).data")
    let first = try #require(model.layout["stem.proj.weight"])
    let values: [Float] = model.weights.withSpan(first.range) { span in
      span.indices.map { span[$0] }
    }
    let expected = values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }
    #expect(weights.starts(with: expected))
    let pages = model.layout.parameters.dropLast().reduce(0) { $0 + ($1.range.count + 1023) / 1024 }
    #expect(weights.count > 4096 * pages)
  }

  @Test("Models that timm has are known by their sizes alone")
  func timm() throws {
    for name in ["gmlp-s16", "mixer-b16", "resmlp-24", "deit-ti16"] {
      var sizes = try #require(ModelConfiguration.preset(name))
      #expect(sizes.nameInTimm != nil, "\(name)")
      sizes.numClasses = 3
      sizes.survivalProbability = 0.7
      #expect(sizes.nameInTimm != nil, "\(name)")
      sizes.dFFN += 2
      #expect(sizes.nameInTimm == nil, "\(name)")
    }
    #expect(SmallNetwork.gmlpImages.configuration.nameInTimm == nil)
  }
}
