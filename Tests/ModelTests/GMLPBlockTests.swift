import Batches
import Kernels
import TestSupport
import Testing

@testable import Model

/// The two exact tests of a block at its start, where W = 0 and b = 1.
@Suite("gMLP block")
struct GMLPBlockTests {
  private let model: Model
  private let weights: FloatBuffer
  private let tokens = 15
  private let input: [Double]

  init() throws {
    var configuration = ModelConfiguration()
    configuration.imageSize = [12, 25]
    configuration.patchSize = [4, 5]
    configuration.dModel = 17
    configuration.dFFN = 62
    configuration.numLayers = 1
    model = try Model(configuration)
    var random = RandomValues(seed: 30)
    weights = FloatBuffer(count: model.layout.count)
    for parameter in model.layout.parameters {
      let isGate = parameter.name.contains("gate.proj")
      let constant: Float = parameter.name.hasSuffix("bias") ? 1 : 0
      let values = random.array(parameter.range.count).map { isGate ? constant : Float($0) }
      weights.set(values, at: parameter.range.lowerBound)
    }
    input = random.array(tokens * 17)
  }

  /// One normalisation and two dot products, of length 17, 17 and 31, and a dozen single roundings.
  private let tolerance = 2 * Double(17 + 17 + 31 + 12) * 0x1p-24

  private func run(_ tokens: [Double]) throws -> [Float] {
    let workspace = Workspace<Float>(model.makeArena(microBatchSize: 1).layout)
    let pass = Pass(
      weights: weights, operands: weights, gradient: weights, workspace: workspace,
      input: .images([]), samples: nil,
      depth: StochasticDepth(survivalProbability: 1, seed: 0, step: 0), count: 1, debug: true)
    let (x, y) = (model.streams[0], model.streams[1])
    workspace.floats.set(tokens.map { Float($0) }, at: workspace[x, 0].offset)
    try model.layers[0].forward(x, into: y, pass)
    return workspace[y, 0].values
  }

  private func parameter(_ name: String) throws -> [Double] {
    let parameter = try #require(model.layout["blocks.0.\(name)"])
    return weights.values(parameter.range).map(Double.init)
  }

  @Test("With W = 0 and b = 1 it is a plain MLP of the first half of the channels")
  func plainMLP() throws {
    let (d, h) = (17, 31)
    let normalized = ReferenceKernels.layerNorm(
      input, gain: try parameter("norm.weight"), bias: try parameter("norm.bias"), epsilon: 1e-6)
    let expansion = Array(try parameter("mlp_channels.fc1.weight")[..<(h * d)])
    let expansionBias = try parameter("mlp_channels.fc1.bias")
    let u = ReferenceKernels.product(
      normalized, ReferenceKernels.transposed(expansion, columns: d), inner: d
    ).enumerated().map { ReferenceKernels.gelu($1 + expansionBias[$0 % h]) }
    let projectionBias = try parameter("mlp_channels.fc2.bias")
    let branch = ReferenceKernels.product(
      u, ReferenceKernels.transposed(try parameter("mlp_channels.fc2.weight"), columns: h), inner: h
    )
    let expected = branch.enumerated().map { $1 + projectionBias[$0 % d] + input[$0] }
    #expect(relativeError(try run(input), expected) < tolerance)
  }

  @Test("With W = 0, permuting the tokens permutes the output")
  func permutation() throws {
    let order = (0..<tokens).map { $0 * 7 % tokens }
    let permuted = order.flatMap { input[($0 * 17)..<($0 * 17 + 17)] }
    let output = try run(input).map(Double.init)
    let expected = order.flatMap { output[($0 * 17)..<($0 * 17 + 17)] }
    // Not to the bit: a matrix product may round the rows of its edge differently.
    #expect(relativeError(try run(permuted), expected) < tolerance)
  }
}
