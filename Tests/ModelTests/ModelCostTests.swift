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

  @Test("The products of the phases are those of three passes but for the gradient of the images")
  func phases() throws {
    for name in ModelConfiguration.presetNames {
      let configuration = try #require(ModelConfiguration.preset(name))
      let cost = ModelCost(try Model(configuration))
      let pixels = configuration.imageSize[0] * configuration.imageSize[1]
      let stem = pixels * configuration.channels * configuration.dModel
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

  @Test("A large model works in far less than half a gigabyte")
  func largeArena() throws {
    for name in ModelConfiguration.presetNames {
      let model = try Model(#require(ModelConfiguration.preset(name)))
      #expect(ModelCost(model).arenaBytes(microBatchSize: 16) < 200 << 20)
    }
  }
}
