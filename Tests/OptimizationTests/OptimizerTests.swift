import Configuration
import Kernels
import Testing

@testable import Model
@testable import Optimization

/// Optimizers on a few tensors of odd sizes, beside PyTorch and timm.
@Suite("Optimizers")
struct OptimizerTests {
  static let names = [
    "AdamW", "AdamW by groups", "SGD", "SGD with decay", "SGD with momentum",
    "SGD with Nesterov's momentum", "SGD by groups", "LAMB", "LAMB without decay", "LAMB by groups",
    "AdamW with frozen tensors", "SGD with frozen tensors", "LAMB with frozen tensors",
  ]

  private let fixture: OptimizerFixture

  init() throws {
    fixture = try OptimizerFixture.read()
  }

  private func settings(_ name: String) throws -> OptimizerSettings {
    var configuration = TrainingConfiguration()
    for assignment in try fixture.named(name).settings {
      try configuration.apply(assignment: assignment)
    }
    return configuration.optimizer
  }

  @Test("Five steps agree with PyTorch and timm", arguments: names)
  func steps(name: String) throws {
    let settings = try settings(name)
    let layout = fixture.layout(settings)
    let weights = try fixture.train(settings)
    let before = fixture.numbers(layout, step: 0)
    let largestFactor = 8.0
    var largestMove = 0.0
    for parameter in layout.parameters {
      let expected = try #require(try fixture.named(name).weights[parameter.name])
      for (number, value) in expected.values.enumerated() {
        let index = parameter.range.lowerBound + number * expected.stride
        // About ten roundings of a move and two of the weight in each step.
        let move = name.hasPrefix("SGD") ? 2.5 * 0.02 : 0.02
        let factor = name.hasSuffix("groups") ? largestFactor : 1
        let tolerance = Double(fixture.rates.count) * (10 * move * factor + 2 * 0.25) * 0x1p-24
        #expect(
          abs(Double(weights[index]) - value) <= tolerance, "\(parameter.name) \(number)")
        let first = before.withSpan(index..<index + 1) { $0[0] }
        largestMove = max(largestMove, abs(value - Double(first)))
      }
    }
    #expect(largestMove > 1e-3)
  }

  @Test("The bits are the same for any number of ranks and threads", arguments: names)
  func ranks(name: String) throws {
    let settings = try settings(name)
    let reference = try fixture.train(settings)
    for ranks in 1...8 {
      for threads in [1, 2] {
        let weights = try fixture.train(settings, ranks: ranks, threads: threads)
        #expect(weights == reference, "\(ranks) ranks × \(threads) threads")
      }
    }
  }

  @Test("Factors of 1 change no bit", arguments: ["AdamW", "SGD with momentum", "LAMB"])
  func factorsOfOne(name: String) throws {
    let plain = try settings(name)
    var grouped = plain
    grouped.rateFactors = [NameFactor("*=1"), NameFactor("head.*=1")].compactMap { $0 }
    grouped.decayFactors = [NameFactor("*bias=1")].compactMap { $0 }
    grouped.layerDecay = 1
    #expect(grouped.rateFactors.count == 2)
    #expect(try fixture.train(grouped) == fixture.train(plain))
  }
}
