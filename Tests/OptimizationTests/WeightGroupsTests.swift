import Configuration
import Testing

@testable import Model
@testable import Optimization

@Suite("Groups of weights")
struct WeightGroupsTests {
  private static func configuration(_ kind: ModelKind) -> ModelConfiguration {
    var configuration = ModelConfiguration()
    configuration.kind = kind
    configuration.imageSize = [16, 16]
    configuration.patchSize = [8, 8]
    configuration.channels = 3
    configuration.dModel = 16
    configuration.dFFN = 64
    configuration.numLayers = 3
    configuration.numClasses = 3
    if kind == .transformer {
      configuration.numHeads = 2
      configuration.classToken = true
      configuration.positions = .learned
    }
    return configuration
  }

  @Test("Layer-wise decay has timm's factors", arguments: [ModelKind.gmlp, .transformer])
  func layerDecay(kind: ModelKind) throws {
    let scales = try #require(try OptimizerFixture.read().layerScales[kind.rawValue])
    let layout = try Model(Self.configuration(kind)).layout
    var settings = TrainingConfiguration().optimizer
    settings.layerDecay = 0.75
    // Where frozen tensors lie does not count.
    let frozen = try Model(Self.configuration(kind)) { $0.hasPrefix("blocks.1.") }.layout
    for layout in [layout, frozen] {
      let groups = WeightGroups(settings, layout)
      #expect(Set(layout.parameters.map(\.name)) == Set(scales.keys))
      for (parameter, index) in zip(layout.parameters, groups.indices) {
        #expect(groups.groups[index].rateFactor == scales[parameter.name], "\(parameter.name)")
      }
    }
  }

  @Test("What text models have before the blocks is the stem's, also where layers share it")
  func text() throws {
    var configuration = Self.configuration(.transformer)
    configuration.input = .text
    configuration.classToken = false
    configuration.positions = .relative
    configuration.outputBias = true
    var settings = TrainingConfiguration().optimizer
    settings.layerDecay = 0.5
    let layout = try Model(configuration).layout
    let groups = WeightGroups(settings, layout)
    var factors: [String: Double] = [:]
    for (parameter, index) in zip(layout.parameters, groups.indices) {
      factors[parameter.name] = groups.groups[index].rateFactor
    }
    #expect(factors["head.bias"] == 1)
    #expect(factors["norm.weight"] == 0.5)
    #expect(factors["blocks.0.norm1.weight"] == 0.125)
    let shared = layout.parameters.filter { !$0.name.hasPrefix("blocks.") }
      .map(\.name).filter { $0 != "head.bias" && !$0.hasPrefix("norm.") }
    #expect(shared.count >= 2)
    for name in shared { #expect(factors[name] == 0.0625, "\(name)") }
  }

  @Test("The last pattern counts, and what does not decay gets no decay by a factor")
  func lastPattern() throws {
    var settings = TrainingConfiguration().optimizer
    let layout = try OptimizerFixture.read().layout(settings)
    settings.weightDecay = 0.5
    settings.rateFactors = ["*=2", "head.*=3", "*.bias=4"].compactMap { NameFactor($0) }
    settings.decayFactors = ["*=0.5", "head.bias=8", "stem.*=0"].compactMap { NameFactor($0) }
    let groups = WeightGroups(settings, layout)
    var found: [String: WeightGroups.Group] = [:]
    for (parameter, index) in zip(layout.parameters, groups.indices) {
      found[parameter.name] = groups.groups[index]
    }
    #expect(found["stem.weight"] == WeightGroups.Group(rateFactor: 2, weightDecay: 0))
    #expect(found["blocks.0.fc.weight"] == WeightGroups.Group(rateFactor: 2, weightDecay: 0.25))
    #expect(found["head.weight"] == WeightGroups.Group(rateFactor: 3, weightDecay: 0.25))
    #expect(found["head.bias"] == WeightGroups.Group(rateFactor: 4, weightDecay: 0))
    #expect(groups.groups.count < layout.parameters.count)
  }
}
