import Kernels
import TestSupport
import Testing

@Suite("SGD")
struct SGDUpdateTests {
  private static let kinds = [(0.0, false), (0.9, false), (0.9, true)]

  private func update(_ kind: (momentum: Double, isNesterov: Bool)) -> SGDUpdate {
    SGDUpdate(
      learningRate: 0.1, weightDecay: 0.01, momentum: kind.momentum, isNesterov: kind.isNesterov,
      gradientScale: 0.25)
  }

  @Test("Five steps agree with PyTorch's formulas", arguments: [1, 3, 17, 31], kinds)
  func steps(count: Int, kind: (momentum: Double, isNesterov: Bool)) {
    var random = RandomValues(seed: 9)
    let weights = buffer(random.array(count))
    let momentum = kind.momentum > 0 ? FloatBuffer(count: count + 5) : nil
    var references = values(weights).map { ReferenceSGD(weight: Double($0)) }
    var (largestWeight, largestMove) = (0.0, 0.0)
    for _ in 1...5 {
      let gradient = random.array(count)
      update(kind).apply(
        to: weights, 0..<count, gradient: buffer(Array(repeating: 0, count: 5) + gradient),
        buffer: momentum, at: 5)
      for index in references.indices {
        let before = references[index].weight
        references[index].update(
          gradient: Double(Float(gradient[index])) * 0.25, learningRate: 0.1, weightDecay: 0.01,
          momentum: kind.momentum, isNesterov: kind.isNesterov)
        largestWeight = max(largestWeight, abs(before), abs(references[index].weight))
        largestMove = max(largestMove, abs(references[index].weight - before))
      }
    }
    // In each step a rounding of the weight, and of the move those of its constants, sums and buffer, each of which
    // what went before adds to.
    let tolerance = 5 * (largestWeight + 10 * largestMove) * 0x1p-24
    for (index, weight) in values(weights).enumerated() {
      #expect(abs(Double(weight) - references[index].weight) <= tolerance)
    }
    #expect(largestMove > 1e-3)
    if let momentum { #expect(values(momentum)[..<5].allSatisfy { $0 == 0 }) }
  }

  @Test("Splitting a range changes no bit", arguments: kinds)
  func cuts(kind: (momentum: Double, isNesterov: Bool)) {
    var random = RandomValues(seed: 10)
    let (start, gradient) = (random.array(67), buffer(random.array(67)))
    var results: [[Float]] = []
    for cuts in [[0, 67], [0, 16, 32, 67], [0, 1, 5, 40, 67]] {
      let weights = buffer(start)
      let momentum = kind.momentum > 0 ? FloatBuffer(count: 67) : nil
      for _ in 1...3 {
        for (low, high) in zip(cuts, cuts.dropFirst()) {
          update(kind).apply(
            to: weights, low..<high, gradient: gradient, buffer: momentum, at: low)
        }
      }
      results.append(values(weights) + (momentum.map(values) ?? []))
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }
}
