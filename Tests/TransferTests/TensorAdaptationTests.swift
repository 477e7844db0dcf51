import Foundation
import Model
import TestSupport
import Testing

@testable import Transfer

/// Tensors that are made to fit a model of other images.
@Suite("Tensors for other images")
struct TensorAdaptationTests {
  /// A model whose patches have 2 × 3 pixels.
  private func model(
    _ kind: ModelKind, rows: Int, columns: Int, channels: Int = 1, toeplitz: Bool = false
  ) throws -> Model {
    var configuration = ModelConfiguration()
    configuration.kind = kind
    configuration.imageSize = [2 * rows, 3 * columns]
    configuration.patchSize = [2, 3]
    configuration.channels = channels
    configuration.dModel = 8
    configuration.dFFN = 16
    configuration.numLayers = 1
    configuration.toeplitz = toeplitz
    if kind == .mixer { configuration.dToken = 3 }
    if kind == .transformer {
      configuration.numHeads = 2
      configuration.positions = .learned
      configuration.classToken = true
    }
    return try Model(configuration)
  }

  /// What becomes of the tensor `name` with `values`, whose grid is told where `isKnown`.
  private func adapted(
    _ name: String, _ values: [Float], from source: Model, to target: Model, isKnown: Bool = true
  ) throws -> [Float] {
    let given = try #require(source.layout[name])
    let wanted = try #require(target.layout[name])
    #expect(values.count == given.range.count)
    let grids = GridChange(
      source: isKnown ? source.configuration.tokenGrid : nil,
      target: try #require(target.configuration.tokenGrid))
    let result = try TensorAdaptation(wanted, from: given.shape, grids)(values)
    #expect(result.count == wanted.range.count)
    return result
  }

  @Test("Weights of text, and of images with an unknown grid, are taken as they are")
  func sameSizes() throws {
    var text = ModelConfiguration()
    text.input = .text
    (text.vocabularySize, text.sequenceLength) = (32, 8)
    (text.dModel, text.dFFN, text.numLayers) = (8, 16, 1)
    for parameter in try Model(text).layout.parameters {
      #expect(try TensorAdaptation(parameter, from: parameter.shape, nil).isIdentity)
    }
    let images = try model(.gmlp, rows: 3, columns: 5)
    let grids = GridChange(source: nil, target: try #require(images.configuration.tokenGrid))
    for parameter in images.layout.parameters {
      #expect(try TensorAdaptation(parameter, from: parameter.shape, grids).isIdentity)
    }
  }

  private static let gate = "blocks.0.mlp_channels.gate.proj"
  private static let grids = [(6, 4), (3, 5), (2, 2), (1, 7), (9, 8)]

  @Test("An average over the tokens stays one, and a constant bias itself", arguments: grids)
  func average(rows: Int, columns: Int) throws {
    let source = try model(.gmlp, rows: 4, columns: 6)
    let target = try model(.gmlp, rows: rows, columns: columns)
    let weights = try adapted(
      "\(Self.gate).weight", [Float](repeating: 1 / 24, count: 24 * 24), from: source, to: target)
    let tokens = Float(rows * columns)
    #expect(weights.allSatisfy { abs($0 * tokens - 1) < 1e-6 })
    let bias = try adapted(
      "\(Self.gate).bias", [Float](repeating: 0.75, count: 24), from: source, to: target)
    #expect(bias.allSatisfy { abs($0 - 0.75) < 1e-6 })
  }

  @Test("A shift by two of 24 columns becomes one by a twelfth of the width", arguments: [48, 12])
  func shift(columns: Int) throws {
    let source = try model(.gmlp, rows: 1, columns: 24)
    let target = try model(.gmlp, rows: 1, columns: columns)
    var matrix = [Float](repeating: 0, count: 24 * 24)
    for column in 0..<22 { matrix[column * 24 + column + 2] = 1 }
    let weights = try adapted("\(Self.gate).weight", matrix, from: source, to: target)
    // On a ramp it adds the shift, away from the ends.
    for row in columns / 4..<columns / 2 {
      let sum = (0..<columns).reduce(Float(0)) { $0 + weights[row * columns + $1] * Float($1) }
      #expect(abs(sum - Float(row + columns / 12)) < 1e-4, "row \(row): \(sum)")
    }
  }

  @Test(
    "A wide filter over a grid is the same filter over another", arguments: [(12, 12), (16, 14)])
  func filter(rows: Int, columns: Int) throws {
    /// A Gaussian of a seventh of the picture around each token, as large in sum whatever the grid.
    func gaussian(rows: Int, columns: Int) -> [Float] {
      let count = rows * columns
      var result: [Float] = []
      for here in 0..<count {
        for there in 0..<count {
          let y = Double(here / columns - there / columns) / Double(rows)
          let x = Double(here % columns - there % columns) / Double(columns)
          let value: Double = exp(-(x * x + y * y) * 49 / 2)
          result.append(Float(value / Double(count)))
        }
      }
      return result
    }
    let source = try model(.gmlp, rows: 14, columns: 14)
    let target = try model(.gmlp, rows: rows, columns: columns)
    let given = gaussian(rows: 14, columns: 14)
    let wanted = gaussian(rows: rows, columns: columns)
    let found = try adapted("\(Self.gate).weight", given, from: source, to: target)
    #expect(relativeError(found.map(Double.init), wanted.map(Double.init)) < 0.03)
  }

  @Test("A Mixer's two layers over the tokens together, on constant tokens, give what they gave")
  func mixer() throws {
    let source = try model(.mixer, rows: 4, columns: 6)
    let target = try model(.mixer, rows: 6, columns: 9)
    let first = try adapted(
      "blocks.0.mlp_tokens.fc1.weight", (0..<3 * 24).map { Float($0 / 24) / 24 }, from: source,
      to: target)
    for hidden in 0..<3 {
      let sum = (0..<54).reduce(Float(0)) { $0 + first[hidden * 54 + $1] }
      #expect(abs(sum - Float(hidden)) < 1e-5)
    }
    let second = try adapted(
      "blocks.0.mlp_tokens.fc2.weight", (0..<24 * 3).map { Float($0 % 3) }, from: source, to: target
    )
    for (index, value) in second.enumerated() { #expect(abs(value - Float(index % 3)) < 1e-6) }
  }

  @Test("At an equal size every tensor is taken as it is", arguments: ModelKind.allCases)
  func identity(kind: ModelKind) throws {
    let model = try model(kind, rows: 3, columns: 5)
    let grid = try #require(model.configuration.tokenGrid)
    for parameter in model.layout.parameters {
      for source in [nil, grid] {
        let adaptation = try TensorAdaptation(
          parameter, from: parameter.shape, GridChange(source: source, target: grid))
        #expect(adaptation.isIdentity, "\(parameter.name)")
      }
    }
    let values = (0..<30).map { Double($0 * $0) / 7 }
    let same = GridInterpolation(from: grid, to: grid, antialiased: false)
    #expect(same(values, outer: 2, inner: 1) == values)
  }

  @Test("Grids with equally many tokens are distinguished if both are known")
  func equalCounts() throws {
    let source = try model(.resmlp, rows: 2, columns: 6)
    let target = try model(.resmlp, rows: 3, columns: 4)
    let ramp = (0..<12).map { Float($0 % 6) }
    let found = try adapted("blocks.0.linear_tokens.bias", ramp, from: source, to: target)
    #expect(abs(found[0] - found[4]) < 1e-6 && found[0] < found[1] && found[1] < found[2])
    #expect(
      try adapted("blocks.0.linear_tokens.bias", ramp, from: source, to: target, isKnown: false)
        == ramp)
  }

  @Test(
    "A file's grid is the model's own, a square, or has its proportions",
    arguments: [
      (12, "3 × 4"), (36, "6 × 6"), (48, "6 × 8"), (192, "12 × 16"), (60, nil), (0, nil), (-1, nil),
    ]
      as [(Int, String?)])
  func unknownGrid(tokens: Int, expected: String?) {
    let change = GridChange(source: nil, target: TokenGrid(rows: 3, columns: 4))
    #expect(change.source(of: tokens)?.description == expected)
  }

  @Test("What no rule is for is refused: patches, Toeplitz matrices, widths")
  func refused() throws {
    let grid = TokenGrid(rows: 3, columns: 4)
    let other = GridChange(source: TokenGrid(rows: 4, columns: 3), target: grid)
    func fault(_ model: Model, _ name: String, _ shape: [Int], _ change: GridChange?) throws
      -> String
    {
      let parameter = try #require(model.layout[name])
      do {
        _ = try TensorAdaptation(parameter, from: shape, change)
        return ""
      } catch {
        return error.text
      }
    }
    let plain = try model(.gmlp, rows: 3, columns: 4)
    #expect(
      try fault(plain, "stem.proj.weight", [8, 1, 4, 3], other).contains(
        "patches of 4 × 3 pixels, the model's have 2 × 3"))
    #expect(try fault(plain, "stem.proj.weight", [8, 0, 2, 3], other).contains("has shape"))
    #expect(try fault(plain, "stem.proj.bias", [9], other).contains("[9], the model needs [8]"))
    #expect(
      try fault(plain, "\(Self.gate).bias", [60], GridChange(source: nil, target: grid)).contains(
        "60 tokens"))
    #expect(try fault(plain, "norm.bias", [13], nil).contains("has shape [13]"))
    let tied = try model(.gmlp, rows: 3, columns: 4, toeplitz: true)
    for shape in [[23], [31]] {
      #expect(try fault(tied, "\(Self.gate).weight", shape, other).contains("Toeplitz"))
    }
    #expect(
      try fault(tied, "\(Self.gate).weight", [23], GridChange(source: nil, target: grid)).isEmpty)
  }

  @Test("Positions and channels are timm's")
  func timm() throws {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/transfer", withExtension: "safetensors"))
    let fixture = try TensorFile(file)
    var cases = 0
    for (name, wanted) in fixture.tensors {
      let words = name.split(separator: ".").map(String.init)
      guard words.count == 3 else { continue }
      let given = try fixture("\(words[0]).\(words[1])").map { Float($0) }
      let found: [Float]
      if words[0] == "positions" {
        let (source, target) = (sizes(words[1]), sizes(words[2]))
        found = try adapted(
          "pos_embed", given, from: model(.transformer, rows: source[0], columns: source[1]),
          to: model(.transformer, rows: target[0], columns: target[1]))
      } else {
        let (source, target) = (sizes(words[1])[0], sizes(words[2])[0])
        found = try adapted(
          "stem.proj.weight", given, from: model(.gmlp, rows: 3, columns: 4, channels: source),
          to: model(.gmlp, rows: 3, columns: 4, channels: target))
      }
      let error = zip(found, wanted).map { abs(Double($0) - $1) }.max() ?? .infinity
      #expect(found.count == wanted.count && error < 2e-6, "\(name): \(error)")
      cases += 1
    }
    #expect(cases == 9)
  }

  private func sizes(_ text: String) -> [Int] { text.split(separator: "x").compactMap { Int($0) } }
}
