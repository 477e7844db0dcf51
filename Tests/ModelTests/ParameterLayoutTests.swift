import Model
import Testing

@Suite("Parameter layout")
struct ParameterLayoutTests {
  let layout: ParameterLayout

  init() throws {
    layout = try Model(#require(ModelConfiguration.preset("gmlp-s16"))).layout
  }

  @Test("S/16 has timm's 306 tensors in timm's order")
  func tensors() throws {
    #expect(layout.parameters.count == 306)
    let first = layout.parameters.prefix(13).map(\.name)
    #expect(
      first == [
        "stem.proj.weight", "stem.proj.bias", "blocks.0.norm.weight", "blocks.0.norm.bias",
        "blocks.0.mlp_channels.fc1.weight", "blocks.0.mlp_channels.fc1.bias",
        "blocks.0.mlp_channels.gate.norm.weight", "blocks.0.mlp_channels.gate.norm.bias",
        "blocks.0.mlp_channels.gate.proj.weight", "blocks.0.mlp_channels.gate.proj.bias",
        "blocks.0.mlp_channels.fc2.weight", "blocks.0.mlp_channels.fc2.bias",
        "blocks.1.norm.weight",
      ])
    #expect(
      layout.parameters.suffix(4).map(\.name) == [
        "norm.weight", "norm.bias", "head.weight", "head.bias",
      ])
    #expect(layout["stem.proj.weight"]?.shape == [256, 3, 16, 16])
    #expect(layout["blocks.29.mlp_channels.fc1.weight"]?.shape == [1536, 256])
    #expect(layout["blocks.29.mlp_channels.gate.proj.weight"]?.shape == [196, 196])
    #expect(layout["head.weight"]?.shape == [1000, 256])
    #expect(layout["head.scale"] == nil)
  }

  @Test("Tensors are aligned, do not overlap, and lie head first, stem last")
  func order() throws {
    let ranges = layout.parameters.map(\.range).sorted { $0.lowerBound < $1.lowerBound }
    #expect(ranges.allSatisfy { $0.lowerBound % 16 == 0 && !$0.isEmpty })
    for (range, next) in zip(ranges, ranges.dropFirst()) {
      #expect(range.upperBound <= next.lowerBound && next.lowerBound - range.upperBound < 16)
    }
    let last = try #require(ranges.last)
    #expect(layout.count % 16 == 0 && layout.count - last.upperBound < 16)
    let starts = try [
      "head.weight", "blocks.29.norm.weight", "blocks.0.norm.weight", "stem.proj.bias",
    ]
    .map { try #require(layout[$0]).range.lowerBound }
    #expect(starts == starts.sorted())
  }

  @Test("Only matrices decay: no gain, no bias, not the gate's bias")
  func decay() throws {
    for parameter in layout.parameters {
      #expect(parameter.decays == (parameter.shape.count > 1))
    }
    #expect(layout["blocks.0.mlp_channels.gate.proj.bias"]?.decays == false)
    #expect(layout["blocks.0.mlp_channels.gate.proj.weight"]?.decays == true)
  }
}
