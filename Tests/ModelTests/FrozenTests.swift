import Batches
import Kernels
import Profiling
import Testing

@testable import Model

/// Tensors that do not learn: those that do have the gradient that they always have, and nothing else is computed.
@Suite("Frozen tensors")
struct FrozenTests {
  /// Small models of all kinds: those of images and those of text.
  enum Variant: CustomStringConvertible, Sendable {
    case images(SubBatchTests.Variant)
    case text(TextFixture.Variant)
    case task(TaskFixture.Variant)

    static let all: [Variant] =
      SubBatchTests.Variant.allCases.filter { $0 != .long }.map { .images($0) }
      + TextFixture.Variant.allCases.map { .text($0) }
      + TaskFixture.Variant.allCases.map { .task($0) }

    var configuration: ModelConfiguration {
      switch self {
      case .images(let variant): variant.configuration
      case .text(let variant): variant.configuration
      case .task(let variant): variant.configuration
      }
    }

    var description: String {
      switch self {
      case .images(let variant): "images \(variant)"
      case .text(let variant): "text \(variant)"
      case .task(let variant): "text \(variant)"
      }
    }
  }

  private static let samples = 3

  /// The bits of the gradient of each tensor that learns.
  private func gradient(
    _ variant: Variant, _ precision: Precision, freezing isFrozen: (String) -> Bool,
    clock: PhaseClock? = nil
  ) throws -> [String: [UInt32]] {
    let model = try Model(
      variant.configuration, precision: precision, products: .portable, freezing: isFrozen)
    let weights = FloatBuffer(count: model.layout.count)
    for (number, parameter) in model.layout.parameters.enumerated() {
      weights.set(
        Self.numbers(parameter.range.count, from: number), at: parameter.range.lowerBound)
    }
    let operands = model.makeOperands()
    operands.update(from: weights, 0..<weights.count)
    let arena = model.makeArena(microBatchSize: Self.samples, subBatchSize: 2, clock: clock)
    // What nobody reads may be anything.
    arena.fill(.nan)
    let batch = Self.batch(model)
    clock?.start(at: .now)
    _ = try model.train(
      [batch], step: 1, seed: 3, labelSmoothing: 0.1, weights: weights, operands: operands,
      arena: arena)
    return Dictionary(
      uniqueKeysWithValues: model.layout.learning.map {
        ($0.name, batch.gradient.values($0.range).map(\.bitPattern))
      })
  }

  private static func batch(_ model: Model) -> MicroBatch {
    let configuration = model.configuration
    let input: Batch.Content
    if configuration.input == .images {
      input = .images(numbers(samples * configuration.inputElements, from: 5))
    } else {
      let (n, p) = (configuration.tokens, configuration.predictions)
      input = .text(
        tokens: (0..<samples * n).map { Int32(1 + $0 * 17 % 35) },
        positions: (0..<samples * p).map { Int32($0 % p * 2) })
    }
    let values = min(7, configuration.labelValues)
    let labels = (0..<samples * configuration.labelsPerSample).map { Int32($0 * 3 % values) }
    return MicroBatch(
      Batch(input, labels: labels, samples: Array(0..<samples)),
      gradient: FloatBuffer(count: model.layout.gradientCount))
  }

  /// Numbers of both signs, which no short period repeats.
  private static func numbers(_ count: Int, from first: Int) -> [Float] {
    (0..<count).map { 0.3 * (Float(($0 &+ 31 &* first) &* 7919 % 1009) / 504 - 1) }
  }

  @Test(
    "Each tensor has the bits that it has when all learn: if it learns alone, and if one other does not",
    arguments: Variant.all, Precision.here)
  func oneByOne(variant: Variant, precision: Precision) throws {
    let whole = try gradient(variant, precision) { _ in false }
    #expect(whole.values.contains { $0.contains { $0 != 0 } })
    for name in whole.keys {
      let alone = try gradient(variant, precision) { $0 != name }
      #expect(alone == [name: whole[name]], "\(name) alone")
      let others = try gradient(variant, precision) { $0 == name }
      #expect(others == whole.filter { $0.key != name }, "all but \(name)")
    }
  }

  @Test(
    "Whole layers are frozen from below, from above, and in between", arguments: Variant.all,
    Precision.here)
  func layers(variant: Variant, precision: Precision) throws {
    let whole = try gradient(variant, precision) { _ in false }
    let patterns: [(String) -> Bool] = [
      { !$0.hasPrefix("blocks.") && !$0.hasPrefix("norm.") && !$0.hasPrefix("head.") },
      { !$0.hasPrefix("blocks.1") && !$0.hasPrefix("norm.") && !$0.hasPrefix("head.") },
      { !$0.hasPrefix("norm.") && !$0.hasPrefix("head.") },
      { $0.hasPrefix("norm.") || $0.hasPrefix("head.") },
      { $0.hasPrefix("blocks.") }, { $0.hasSuffix(".weight") }, { $0.hasSuffix(".bias") },
      { $0.contains("norm") },
    ]
    for isFrozen in patterns {
      let part = try gradient(variant, precision, freezing: isFrozen)
      #expect(part == whole.filter { !isFrozen($0.key) }, "without \(part.keys.sorted())")
    }
  }

  @Test("A linear probe goes back through nothing but its own layer")
  func probe() throws {
    let clock = PhaseClock()
    func isFrozen(_ name: String) -> Bool { !name.hasPrefix("head.") }
    _ = try gradient(.images(.gated), .fp32, freezing: isFrozen, clock: clock)
    let spent = clock.stop(at: .now).durations
    let products: [Kernel] = [.linear, .linearWeights, .spatial, .spatialWeights]
    let backward = products.map { Phase.backward($0) }
    #expect(backward.filter { spent[$0, default: .zero] > .zero } == [.backward(.linearWeights)])

    let configuration = SubBatchTests.Variant.gated.configuration
    let (whole, probe) = (
      ModelCost(try Model(configuration)),
      ModelCost(try Model(configuration, freezing: isFrozen))
    )
    let head = configuration.numClasses * configuration.dModel
    #expect(probe.multiplyAdds == whole.multiplyAdds && probe.parameters == whole.parameters)
    #expect(probe.trainingMultiplyAdds == probe.multiplyAdds + head)
    #expect(probe.trainableParameters == head + configuration.numClasses)
    #expect(
      backward.compactMap(probe.multiplyAdds(of:)) == [head]
        && probe.multiplyAdds(of: .backward(.linearWeights)) == head)
  }

  @Test("Products that are done are those that are counted", arguments: Variant.all)
  func products(variant: Variant) throws {
    // Attention computes products again on its way back, which do not count.
    let configuration = variant.configuration
    if configuration.kind == .transformer || configuration.attentionSize > 0 { return }
    let names = try Model(configuration).layout.parameters.map(\.name)
    for name in names {
      let clock = PhaseClock()
      _ = try gradient(variant, .fp32, freezing: { $0 != name }, clock: clock)
      let spent = clock.stop(at: .now).durations
      let cost = ModelCost(try Model(configuration) { $0 != name })
      for kernel in [Kernel.linearWeights, .spatialWeights, .spatial] {
        let phase = Phase.backward(kernel)
        #expect(
          (spent[phase, default: .zero] > .zero) == (cost.multiplyAdds(of: phase) != nil),
          "\(name): \(phase.name)")
      }
    }
  }

  @Test("The layout has the tensors that learn first, and the others behind them at whole blocks")
  func layout() throws {
    let configuration = SubBatchTests.Variant.gated.configuration
    let whole = try Model(configuration).layout
    #expect(whole.gradientCount == whole.count && whole.frozenRange.isEmpty)
    let layout = try Model(configuration) { $0.hasPrefix("stem.") || $0.contains(".fc1.") }.layout
    #expect(layout.parameters.map(\.name) == whole.parameters.map(\.name))
    #expect(layout.frozen.count == 2 + 2 * configuration.numLayers)
    #expect(layout.frozen.allSatisfy { layout.frozenRange.contains($0.range.lowerBound) })
    #expect(layout.frozenRange.lowerBound % ParameterLayout.frozenAlignment == 0)
    #expect(layout.learning.allSatisfy { $0.range.upperBound <= layout.gradientCount })
    let ranges = layout.parameters.map(\.range).sorted { $0.lowerBound < $1.lowerBound }
    #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
    // Still the head first: a prefix of the gradient is final early.
    let starts = layout.learning.map(\.range.lowerBound)
    #expect(starts.min() == layout["norm.weight"]?.range.lowerBound)
    #expect(layout.count < whole.count + ParameterLayout.frozenAlignment)
  }
}
