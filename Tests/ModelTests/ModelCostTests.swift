import Kernels
import Model
import Profiling
import Testing

@Suite("Model cost")
struct ModelCostTests {
  @Test(
    "Parameters and multiply-adds of the paper's models",
    arguments: [
      ("gmlp-ti16", 5_867_328, 1.329), ("gmlp-s16", 19_422_656, 4.392),
      ("gmlp-b16", 73_075_392, 15.720),
    ])
  func presets(name: String, parameters: Int, billions: Double) throws {
    let configuration = try #require(ModelConfiguration.preset(name))
    let cost = ModelCost(try Model(configuration))
    #expect(cost.parameters == parameters)
    #expect((Double(cost.multiplyAdds) / 1e6).rounded() / 1e3 == billions)
  }

  /// - Note: Source: timm's counts; multiply-adds of all products, those of attention included.
  @Test(
    "Parameters and multiply-adds of the models that the paper compares with",
    arguments: [
      ("deit-ti16", 5_717_416, 1.25), ("deit-s16", 22_050_664, 4.60),
      ("deit-b16", 86_567_656, 17.56), ("mixer-s16", 18_528_264, 3.78),
      ("mixer-b16", 59_880_472, 12.60), ("mlm-bert-base", 110_025_216, 50.2),
      ("mlm-bert-large", 335_603_712, 170.0), ("resmlp-12", 15_350_872, 3.01),
      ("resmlp-24", 30_020_680, 5.96), ("resmlp-36", 44_690_488, 8.91),
    ])
  func comparedPresets(name: String, parameters: Int, billions: Double) throws {
    let cost = ModelCost(try Model(#require(ModelConfiguration.preset(name))))
    #expect(cost.parameters == parameters)
    #expect(abs(Double(cost.multiplyAdds) / 1e9 / billions - 1) < 0.005, "\(cost.multiplyAdds)")
  }

  /// - Note: Source: the counts of "Pay Attention to MLPs", tables 5 and 6: its FLOPs are twice the
  ///   multiply-adds of a sequence of 512 tokens, and up to 0.6 % of element-wise work.
  @Test(
    "Parameters and multiply-adds of the paper's text models",
    arguments: [
      ("mlm-gmlp-base", 130_073_552, 158.0), ("mlm-amlp-base", 108_791_516, 128.9),
      ("mlm-gmlp-large", 365_274_528, 430.1), ("mlm-amlp-large", 315_627_960, 370.3),
      ("mlm-gmlp-xlarge", 940_582_768, 1_091.3),
    ])
  func textPresets(name: String, parameters: Int, billions: Double) throws {
    let cost = ModelCost(try Model(#require(ModelConfiguration.preset(name))))
    #expect(cost.parameters == parameters)
    let share = Double(2 * cost.multiplyAdds) / 1e9 / billions
    #expect(share > 0.994 && share <= 1)
  }

  @Test("With a free W, and with other spatial functions, the counts are the paper's")
  func spatialFunctions() throws {
    var configuration = try #require(ModelConfiguration.preset("mlm-gmlp-base"))
    configuration.toeplitz = false
    let free = 130_073_552 + 48 * (512 * 512 - 1_023)
    #expect(ModelCost(try Model(configuration)).parameters == free)
    // Table 3: 36 blocks of 128 tokens; 101.6 M, and 92.2 M where d_ffn = 2048 is not split.
    configuration.toeplitz = true
    configuration.sequenceLength = 128
    configuration.numLayers = 36
    #expect((Double(ModelCost(try Model(configuration)).parameters) / 1e5).rounded() == 1_016)
    configuration.dFFN = 2_048
    for function in [SpatialFunction.linear, .additive, .multiplicative] {
      configuration.spatialFunction = function
      #expect((Double(ModelCost(try Model(configuration)).parameters) / 1e5).rounded() == 922)
    }
  }

  @Test("What OpenBLAS takes widened is counted, and nothing else is")
  func widened() throws {
    func bytes(_ precision: Precision, _ products: ProductLibrary) throws -> Int {
      try Model(ModelConfiguration(), precision: precision, products: products)
        .widenedBytes(microBatchSize: 16)
    }
    // 16 samples of 49 tokens: the gradient of 256 channels, 128 gated ones, and 256 before GELU.
    #expect(try bytes(.bf16, .openblas) == 4 * 16 * 49 * (256 + 128 + 256))
    #expect(try bytes(.fp32, .openblas) == 0 && bytes(.bf16, .portable) == 0)
  }

  @Test("Rotary positions have no weights and no products, and one table for all layers")
  func rotary() throws {
    var configuration = try #require(ModelConfiguration.preset("mlm-bert-base"))
    let learned = ModelCost(try Model(configuration))
    configuration.positions = .rotary
    let rotary = ModelCost(try Model(configuration))
    #expect(rotary.parameters == learned.parameters - 512 * 768)
    #expect(rotary.multiplyAdds == learned.multiplyAdds)
    #expect(rotary.arenaBytes(microBatchSize: 4) == learned.arenaBytes(microBatchSize: 4))
    #expect(rotary.tableBytes == 512 * 64 * 4 && learned.tableBytes == 0)
  }

  @Test("The products of the phases are those of three passes but for the gradient of the images")
  func phases() throws {
    for name in ModelConfiguration.presetNames {
      let configuration = try #require(ModelConfiguration.preset(name))
      let cost = ModelCost(try Model(configuration))
      let stem =
        configuration.input == .images ? configuration.inputElements * configuration.dModel : 0
      let all = Phase.allCases.compactMap(cost.multiplyAdds(of:)).reduce(0, +)
      #expect(all == 3 * cost.multiplyAdds - stem)
    }
  }

  @Test(
    "The arena has the bytes that were announced", arguments: [(1, 0), (16, 0), (16, 3), (5, 8)])
  func arenaBytes(size: (microBatch: Int, subBatch: Int)) throws {
    let model = try Model(ModelConfiguration())
    let arena = model.makeArena(microBatchSize: size.microBatch, subBatchSize: size.subBatch)
    let announced = ModelCost(model).arenaBytes(
      microBatchSize: size.microBatch, subBatchSize: size.subBatch)
    #expect(arena.bytes == announced)
    #expect(arena.subBatchSize <= size.microBatch)
  }

  @Test("A large model of images works in far less than half a gigabyte")
  func largeArena() throws {
    for name in ["gmlp-ti16", "gmlp-s16", "gmlp-b16"] {
      let model = try Model(#require(ModelConfiguration.preset(name)))
      #expect(ModelCost(model).arenaBytes(microBatchSize: 16) < 200 << 20)
    }
  }
}
