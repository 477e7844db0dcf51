import Kernels
import TestSupport
import Testing

@Suite("LAMB")
struct LAMBUpdateTests {
  private func update(step: Int, decay: Double) -> LAMBUpdate {
    LAMBUpdate(
      learningRate: 0.01, weightDecay: decay, beta1: 0.9, beta2: 0.99, epsilon: 1e-6, step: step,
      gradientScale: 0.25)
  }

  @Test("Five steps agree with timm's formulas", arguments: [1, 3, 17, 31, 1_003], [0.1, 0])
  func steps(count: Int, decay: Double) {
    var random = RandomValues(seed: 9)
    let weights = buffer(random.array(count))
    let (first, second) = (FloatBuffer(count: count + 5), FloatBuffer(count: count + 5))
    var reference = ReferenceLAMB(weights: values(weights).map { Double($0) })
    var (largestWeight, largestMove) = (0.0, 0.0)
    for step in 1...5 {
      // One gradient is zero throughout: its moments are too, and nothing may divide by them.
      var gradient = random.array(count)
      gradient[0] = 0
      let before = reference.weights
      let update = update(step: step, decay: decay)
      let sums = update.prepare(
        weights, 0..<count, gradient: buffer(Array(repeating: 0, count: 5) + gradient),
        firstMoment: first, secondMoment: second, at: 5)
      update.apply(
        to: weights, 0..<count, firstMoment: first, secondMoment: second, at: 5,
        decay == 0 ? nil : sums)
      reference.update(
        gradient: gradient.map { Double(Float($0)) * 0.25 }, learningRate: 0.01,
        weightDecay: decay, beta1: 0.9, beta2: 0.99, epsilon: 1e-6)
      let squares = before.reduce(0) { $0 + $1 * $1 }
      #expect(abs(sums.weights / squares - 1) <= 2 * 0x1p-24 * Double(step + 1))
      for (old, new) in zip(before, reference.weights) {
        largestWeight = max(largestWeight, abs(old), abs(new))
        largestMove = max(largestMove, abs(new - old))
      }
    }
    // A rounding of the weight in each step, and about ten of the move; those of the norms are among them.
    let tolerance = 5 * (largestWeight + 10 * largestMove) * 0x1p-24
    for (index, weight) in values(weights).enumerated() {
      #expect(abs(Double(weight) - reference.weights[index]) <= tolerance)
    }
    #expect(values(first)[..<5].allSatisfy { $0 == 0 })
  }

  @Test("A tensor of zeros, or one that nothing changes, has a trust ratio of 1")
  func trust() {
    #expect(LAMBUpdate.trustRatio(SquareSums(weights: 0, changes: 4)) == 1)
    #expect(LAMBUpdate.trustRatio(SquareSums(weights: 4, changes: 0)) == 1)
    #expect(LAMBUpdate.trustRatio(SquareSums(weights: 9, changes: 4)) == 1.5)
  }

  @Test("Gradients whose squares no float holds keep the moments finite")
  func huge() {
    let (weights, first, second) = (
      buffer([1, -1]), FloatBuffer(count: 2), FloatBuffer(count: 2)
    )
    for step in 1...200 {
      let update = update(step: step, decay: 0.1)
      let sums = update.prepare(
        weights, 0..<2, gradient: buffer([3e38, -3e38]), firstMoment: first, secondMoment: second,
        at: 0)
      update.apply(to: weights, 0..<2, firstMoment: first, secondMoment: second, at: 0, sums)
    }
    let all = values(weights) + values(first) + values(second)
    #expect(all.allSatisfy { $0.isFinite })
  }

  @Test("Splitting a range changes no bit of weights and moments")
  func cuts() {
    var random = RandomValues(seed: 10)
    let (start, gradient) = (random.array(67), buffer(random.array(67)))
    var results: [[Float]] = []
    for cuts in [[0, 67], [0, 16, 32, 67], [0, 1, 5, 40, 67]] {
      let (weights, first, second) = (
        buffer(start), FloatBuffer(count: 67), FloatBuffer(count: 67)
      )
      for step in 1...3 {
        let update = update(step: step, decay: 0.1)
        for (low, high) in zip(cuts, cuts.dropFirst()) {
          _ = update.prepare(
            weights, low..<high, gradient: gradient, firstMoment: first, secondMoment: second,
            at: low)
        }
        for (low, high) in zip(cuts, cuts.dropFirst()) {
          update.apply(
            to: weights, low..<high, firstMoment: first, secondMoment: second, at: low,
            SquareSums(weights: 2, changes: 3))
        }
      }
      results.append(values(weights) + values(first) + values(second))
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }
}
