import Batches
import Glibc
import Kernels
import Model
import TestSupport
import Testing

@Suite("Initial weights")
struct InitializationTests {
  private let model: Model
  private let weights: FloatBuffer

  init() throws {
    model = try Model(ModelConfiguration())
    weights = FloatBuffer(count: model.layout.count)
    model.initializeWeights(weights, seed: 5)
  }

  private func values(_ name: String) throws -> [Double] {
    weights.values(try #require(model.layout[name]).range).map(Double.init)
  }

  private func deviation(_ values: [Double]) -> Double {
    (values.map { $0 * $0 }.reduce(0, +) / Double(values.count)).squareRoot()
  }

  @Test("The seed, and nothing else, decides every bit; padding is zero")
  func seeds() throws {
    let other = FloatBuffer(count: model.layout.count)
    other.set([Float](repeating: .nan, count: other.count), at: 0)
    model.initializeWeights(other, seed: 5)
    #expect(other.values(0..<other.count) == weights.values(0..<weights.count))
    let used = model.layout.parameters.map(\.range)
    for index in 0..<model.layout.count where !used.contains(where: { $0.contains(index) }) {
      #expect(weights.values(index..<(index + 1)) == [0])
    }
    model.initializeWeights(other, seed: 6)
    #expect(other.values(0..<other.count) != weights.values(0..<weights.count))
  }

  @Test("Each tensor has timm's distribution")
  func distributions() throws {
    let limit = (6.0 / (64 + 256)).squareRoot()
    let fc1 = try values("blocks.1.mlp_channels.fc1.weight")
    #expect(fc1.allSatisfy { abs($0) <= limit } && (fc1.max() ?? 0) > 0.99 * limit)
    // A sample deviation of n numbers is off by about 1 / √(2 n): five of these.
    #expect(abs(deviation(fc1) / (limit / 3.0.squareRoot()) - 1) < 5 / (2.0 * 16_384).squareRoot())
    let stem = try values("stem.proj.weight")
    #expect(abs(deviation(stem) / 0.25 - 1) < 5 / (2.0 * 1_024).squareRoot())
    #expect(stem.allSatisfy { abs($0) <= 2 * 0.25 / 0.879_625 })
    let gate = try values("blocks.1.mlp_channels.gate.proj.weight")
    #expect(abs(deviation(gate) / 1e-6 - 1) < 5 / (2.0 * 2_401).squareRoot())
    let bias = try values("blocks.1.mlp_channels.fc1.bias")
    #expect(abs(deviation(bias) / 1e-6 - 1) < 5 / (2.0 * 256).squareRoot())
    for name in ["norm.weight", "blocks.0.norm.weight", "blocks.0.mlp_channels.gate.proj.bias"] {
      #expect(try values(name).allSatisfy { $0 == 1 })
    }
    for name in ["head.weight", "head.bias", "stem.proj.bias", "norm.bias", "blocks.3.norm.bias"] {
      #expect(try values(name).allSatisfy { $0 == 0 })
    }
  }

  @Test(
    "output_scale multiplies the last layer of every branch, and nothing else",
    arguments: [
      (ModelKind.gmlp, ["mlp_channels.fc2"]), (.transformer, ["attn.proj", "mlp.fc2"]),
      (.mixer, ["mlp_tokens.fc2", "mlp_channels.fc2"]),
      (.resmlp, ["linear_tokens", "mlp_channels.fc2"]),
    ])
  func outputScale(kind: ModelKind, layers: [String]) throws {
    var configuration = ModelConfiguration()
    configuration.kind = kind
    (configuration.dModel, configuration.dFFN, configuration.numLayers) = (10, 14, 2)
    if kind == .mixer { configuration.dToken = 5 }
    if kind == .transformer {
      (configuration.classToken, configuration.positions) = (true, .learned)
    }
    func initial(_ scale: Double) throws -> [String: [Float]] {
      configuration.outputScale = scale
      let model = try Model(configuration)
      let weights = FloatBuffer(count: model.layout.count)
      model.initializeWeights(weights, seed: 5)
      return Dictionary(
        uniqueKeysWithValues: model.layout.parameters.map { ($0.name, weights.values($0.range)) })
    }
    let whole = try initial(1)
    // A power of two, so that the products are exact.
    for (name, values) in try initial(0.125) {
      let isLast = layers.contains { name.contains(".\($0).") }
      #expect(values == (isLast ? whole[name]?.map { $0 * 0.125 } : whole[name]), "\(name)")
    }
    let scaled = whole.keys.filter { name in layers.contains { name.contains(".\($0).") } }
    #expect(scaled.count == 2 * 2 * layers.count)
    #expect(scaled.contains { whole[$0]?.contains { $0 != 0 } == true })
    for (name, values) in try initial(0) where scaled.contains(name) {
      #expect(values.allSatisfy { $0 == 0 })
    }
  }

  @Test("The first loss is ln(classes)")
  func firstLoss() throws {
    let images = [Float](repeating: 0.5, count: 3 * 784)
    let labels: [Int32] = [0, 4, 9]
    let result = try model.evaluate(
      Batch(.images(images), labels: labels, samples: Array(0..<3)), weights: weights,
      operands: model.makeOperands(), arena: model.makeArena(microBatchSize: 2))
    #expect(abs(result.lossSum - 3 * log(10)) < 1e-12)
  }
}
