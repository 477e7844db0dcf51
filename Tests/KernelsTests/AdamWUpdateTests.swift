import Kernels
import TestSupport
import Testing

@Suite("AdamW")
struct AdamWUpdateTests {
  private func update(step: Int, scale: Double = 1) -> AdamWUpdate {
    AdamWUpdate(
      learningRate: 0.01, weightDecay: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-6, step: step,
      gradientScale: scale)
  }

  @Test("Five steps agree with PyTorch's formulas", arguments: [1, 3, 17, 31])
  func steps(count: Int) {
    var random = RandomValues(seed: 9)
    let weights = buffer(random.array(count))
    let (first, second) = (FloatBuffer(count: count + 5), FloatBuffer(count: count + 5))
    var references = values(weights).map { ReferenceAdamW(weight: Double($0)) }
    for step in 1...5 {
      // One gradient is zero throughout: its moments are too, and nothing may divide by them.
      var gradient = random.array(count)
      gradient[0] = 0
      update(step: step, scale: 0.25).apply(
        to: weights, 0..<count, gradient: buffer(Array(repeating: 0, count: 5) + gradient),
        firstMoment: first, secondMoment: second, at: 5)
      for index in references.indices {
        references[index].update(
          gradient: Double(Float(gradient[index])) * 0.25, learningRate: 0.01, weightDecay: 0.1,
          beta1: 0.9, beta2: 0.99, epsilon: 1e-6)
      }
    }
    // About ten roundings a step on the step's size of 0.01, two on the weight's own.
    let tolerance = 5 * (10 * 0.01 + 2) * 0x1p-24
    for (index, weight) in values(weights).enumerated() {
      #expect(abs(Double(weight) - references[index].weight) <= tolerance)
    }
    #expect(values(first)[..<5].allSatisfy { $0 == 0 })
  }

  @Test(
    "Gradients whose squares no float holds make a step of the usual size, and those after it too",
    arguments: [1e19, 2e19, 6e20, 1e30, 3.4e38])
  func huge(size: Double) {
    let weights = buffer([1, -1, 0.5])
    let (first, second) = (FloatBuffer(count: 3), FloatBuffer(count: 3))
    let gradient = buffer([size, -size, 1])
    for step in 1...200 {
      let before = values(weights)
      update(step: step).apply(
        to: weights, 0..<3, gradient: step == 1 ? gradient : buffer([1, -1, 1]),
        firstMoment: first, secondMoment: second, at: 0)
      for (old, new) in zip(before, values(weights)) {
        // The first step of AdamW is the learning rate, whatever the gradient, and the decay.
        #expect(abs(new - old) <= 0.01 * 1.2)
        if step == 1 { #expect(abs(new - old) >= 0.01 * 0.8) }
      }
    }
    let moments = values(first) + values(second)
    #expect(moments.allSatisfy { $0.isFinite })
  }

  @Test("Huge gradients in every step keep the second moment finite")
  func alwaysHuge() {
    let (weights, first, second) = (buffer([1]), FloatBuffer(count: 1), FloatBuffer(count: 1))
    for step in 1...1_000 {
      update(step: step).apply(
        to: weights, 0..<1, gradient: buffer([step % 2 == 0 ? 3e38 : -3e38]), firstMoment: first,
        secondMoment: second, at: 0)
    }
    let all = values(weights) + values(first) + values(second)
    #expect(all.allSatisfy { $0.isFinite })
  }

  @Test("Splitting a range changes no bit")
  func cuts() {
    var random = RandomValues(seed: 10)
    let (start, gradient) = (random.array(67), buffer(random.array(67)))
    var results: [[Float]] = []
    for cuts in [[0, 67], [0, 16, 32, 67], [0, 1, 5, 40, 67]] {
      let (weights, first, second) = (
        buffer(start), FloatBuffer(count: 67), FloatBuffer(count: 67)
      )
      for step in 1...3 {
        for (low, high) in zip(cuts, cuts.dropFirst()) {
          update(step: step).apply(
            to: weights, low..<high, gradient: gradient, firstMoment: first,
            secondMoment: second, at: low)
        }
      }
      results.append(values(weights) + values(first) + values(second))
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }
}
