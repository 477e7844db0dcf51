import Configuration
import Datasets
import Foundation
import Model
import TestSupport
import Testing

@testable import Torture

@Suite("Values that a sweep searches")
struct SweepSearchTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("[data]\nformat = \"digits\"\n", to: "images.toml")
  }

  private func sweep(_ text: String) throws -> Sweep {
    try Sweep(file: folder.write("config = \"images.toml\"\n\(text)", to: "sweep.toml"))
  }

  @Test("A grid has every combination, the last key fastest")
  func grid() throws {
    let sweep = try sweep(
      """
      seeds = [3, 4]
      [grid]
      optimizer.learning_rate = [1e-3, 2e-3, 1e-5]
      model.num_layers = [2, 4]
      """)
    #expect(
      sweep.variants.map(\.name) == [
        "num_layers=2, learning_rate=0.001", "num_layers=2, learning_rate=0.002",
        "num_layers=2, learning_rate=1e-05", "num_layers=4, learning_rate=0.001",
        "num_layers=4, learning_rate=0.002", "num_layers=4, learning_rate=1e-05",
      ])
    #expect(sweep.runs.count == 12 && Set(sweep.runs.map(\.directory)).count == 12)
    #expect(sweep.halving == nil)
    let last = try #require(sweep.runs.last)
    #expect(last.seed == 4 && last.configuration.model.numLayers == 4)
    #expect(last.configuration.optimizer.learningRate == 1e-5)
  }

  @Test("Every variant has every combination, after what it sets itself")
  func variants() throws {
    let sweep = try sweep(
      """
      set = ["train.ema_decay=0.5"]
      [[variant]]
      name = "one"
      set = ["model.num_layers=1", "optimizer.beta1=0.5"]
      [[variant]]
      name = "two"
      set = ["model.num_layers=2"]
      seeds = [7]
      [grid]
      optimizer.beta1 = [0.8, 0.9]
      optimizer.kind = ["adamw", "lamb"]
      schedule.kind = ["linear"]
      """)
    #expect(sweep.variants.count == 8)
    #expect(
      sweep.variants.map(\.name).prefix(2) == [
        "one, beta1=0.8, optimizer.kind=adamw, schedule.kind=linear",
        "one, beta1=0.8, optimizer.kind=lamb, schedule.kind=linear",
      ])
    #expect(sweep.runs.map(\.configuration.optimizer.beta1).filter { $0 == 0.8 }.count == 4)
    #expect(sweep.runs.allSatisfy { $0.configuration.train.emaDecay == 0.5 })
    #expect(sweep.runs.filter { $0.seed == 7 }.allSatisfy { $0.configuration.model.numLayers == 2 })
  }

  private func random(count: Int, seed: Int = 0) throws -> Sweep {
    try sweep(
      """
      [random]
      count = \(count)
      seed = \(seed)
      optimizer.learning_rate = { from = 1e-4, to = 1e-2, scale = "log" }
      optimizer.weight_decay = { from = 0.0, to = 0.1 }
      model.num_layers = { from = 1, to = 8 }
      augment.horizontal_flip = [true, false]
      """)
  }

  @Test("Random values are those of the seed, and more of them keep the first")
  func reproducible() throws {
    let few = try random(count: 10).variants
    let many = try random(count: 40).variants
    #expect(few.map(\.assignments) == many.prefix(10).map(\.assignments))
    #expect(few.map(\.name) == many.prefix(10).map(\.name))
    let other = try random(count: 10, seed: 1).variants
    #expect(Set(few.map(\.assignments)).isDisjoint(with: other.map(\.assignments)))
    #expect(Set(many.map(\.assignments)).count == 40)
  }

  @Test("Random values fill their ranges, evenly or by ratios")
  func ranges() throws {
    let configurations = try random(count: 200).runs.map(\.configuration)
    let rates = configurations.map(\.optimizer.learningRate)
    #expect(rates.allSatisfy { (1e-4...1e-2).contains($0) })
    // Half of them are below the middle, by ratios.
    #expect((60...140).contains(rates.count { $0 < 1e-3 }))
    let decays = configurations.map(\.optimizer.weightDecay)
    #expect(decays.allSatisfy { (0...0.1).contains($0) })
    #expect((60...140).contains(decays.count { $0 < 0.05 }))
    #expect(Set(configurations.map(\.model.numLayers)) == Set(1...8))
    #expect(Set(configurations.map(\.augment.horizontalFlip)).count == 2)
  }

  @Test("A list of all there is can be drawn to its end, and no further")
  func exhausted() throws {
    let text = "[random]\nmodel.num_layers = { from = 2, to = 4, scale = \"log\" }\ncount = "
    let all = try sweep(text + "3").runs.map(\.configuration.model.numLayers)
    #expect(all.sorted() == [2, 3, 4])
    let error = #expect(throws: ConfigurationError.self) { try sweep(text + "4") }
    #expect(error?.description.contains("only 3 different combinations") == true, "\(error as Any)")
  }

  @Test(
    "Impossible searches are refused with the table, the key and the reason",
    arguments: [
      ("[grid]\n", "[grid]: has no keys"),
      ("grid = 3", "[grid]: must be a table of keys"),
      ("[grid]\noptimizer.lr = [1]", "optimizer.lr; here it is optimizer.learning_rate"),
      ("[grid]\nseed = [1, 2]", "write the list seeds"),
      ("[grid]\nmodel.num_layers = 3", "model.num_layers must be a list of values"),
      ("[grid]\nmodel.num_layers = []", "model.num_layers must be a list of values"),
      ("[grid]\nmodel.num_layers = [2, 2]", "list of different values"),
      ("[grid]\nmodel.num_layers = [2.5]", "model.num_layers must be an integer"),
      ("[grid]\nmodel.num_layers = { from = 1, to = 2 }", "must be a list of values"),
      ("[grid]\ntrain.global_batch_size = [64, 128]", "would not see the same samples"),
      ("[grid]\nmodel.num_layers = [1]\n[random]\ncount = 1", "give only one of them"),
      ("[random]\nmodel.num_layers = [1]", "count must be the number of combinations"),
      ("[random]\ncount = 0\nmodel.num_layers = [1]", "count must be the number"),
      ("[random]\ncount = 1\nseed = -1\nmodel.num_layers = [1]", "seed must be an integer of"),
      ("[random]\ncount = 1", "[random]: has no keys"),
      ("[random]\ncount = 1\noptimizer.beta1 = { from = 0.5 }", "write two numbers"),
      ("[random]\ncount = 1\noptimizer.beta1 = { from = 2, to = 1 }", "the smaller one first"),
      (
        "[random]\ncount = 1\noptimizer.beta1 = { from = 0, to = 1, scale = \"log\" }",
        "needs from above 0"
      ),
      (
        "[random]\ncount = 1\noptimizer.beta1 = { from = 0, to = 1, scale = \"square\" }",
        "scale must be \"linear\" or \"log\""
      ),
      ("[random]\ncount = 1\noptimizer.beta1 = { from = 0, to = 1, step = 1 }", "unknown step"),
    ])
  func refused(text: String, words: String) {
    let error = #expect(throws: ConfigurationError.self) { try sweep(text) }
    #expect(error?.description.contains(words) == true, "\(error as Any)")
  }

  @Test("Too many combinations are refused before they are made")
  func many() {
    let list = (1...40).map(String.init).joined(separator: ", ")
    let error = #expect(throws: ConfigurationError.self) {
      try sweep("[grid]\nmodel.num_layers = [\(list)]\ntrain.keep = [\(list)]")
    }
    #expect(error?.description.contains("more than 1000 combinations") == true)
  }
}
