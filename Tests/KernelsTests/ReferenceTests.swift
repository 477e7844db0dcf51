import TestSupport
import Testing

/// The references' gradients against central differences: the first half of every gradient's proof.
@Suite("References")
struct ReferenceTests {
  /// Truncation and cancellation of a four-point difference with a step of 10⁻³.
  private let tolerance = 1e-9

  @Test("GELU")
  func gelu() {
    for x in [-3.0, -0.7, 0, 0.3, 2.5] {
      let slope = numericalGradient(at: [x]) { ReferenceKernels.gelu($0[0]) }
      #expect(abs(slope[0] - ReferenceKernels.geluDerivative(x)) < tolerance)
    }
  }

  @Test("Layer normalisation", arguments: [(1, 3), (3, 5)])
  func layerNorm(size: (rows: Int, columns: Int)) {
    var random = RandomValues(seed: 20)
    let count = size.rows * size.columns
    let (x, dY) = (random.array(count), random.array(count))
    let (gain, bias) = (random.array(size.columns), random.array(size.columns))
    func loss(_ x: [Double], _ gain: [Double], _ bias: [Double]) -> Double {
      zip(dY, ReferenceKernels.layerNorm(x, gain: gain, bias: bias, epsilon: 0.1))
        .map { $0 * $1 }.reduce(0, +)
    }
    let gradients = ReferenceKernels.layerNormGradients(dY, input: x, gain: gain, epsilon: 0.1)
    let dX = numericalGradient(at: x) { loss($0, gain, bias) }
    let dGain = numericalGradient(at: gain) { loss(x, $0, bias) }
    let dBias = numericalGradient(at: bias) { loss(x, gain, $0) }
    #expect(relativeError(gradients.dInput, dX) < tolerance)
    #expect(relativeError(gradients.dGain, dGain) < tolerance)
    #expect(relativeError(gradients.dBias, dBias) < tolerance)
  }

  @Test("Affine", arguments: [(1, 3), (3, 5)])
  func affine(size: (rows: Int, columns: Int)) {
    var random = RandomValues(seed: 24)
    let count = size.rows * size.columns
    let (x, dY) = (random.array(count), random.array(count))
    let (gain, shift) = (random.array(size.columns), random.array(size.columns))
    func loss(_ x: [Double], _ gain: [Double], _ shift: [Double]) -> Double {
      zip(dY, ReferenceKernels.affine(x, gain: gain, shift: shift)).map { $0 * $1 }.reduce(0, +)
    }
    let gradients = ReferenceKernels.affineGradients(dY, input: x, gain: gain)
    let dX = numericalGradient(at: x) { loss($0, gain, shift) }
    let dGain = numericalGradient(at: gain) { loss(x, $0, shift) }
    let dShift = numericalGradient(at: shift) { loss(x, gain, $0) }
    #expect(relativeError(gradients.dInput, dX) < tolerance)
    #expect(relativeError(gradients.dGain, dGain) < tolerance)
    #expect(relativeError(gradients.dShift, dShift) < tolerance)
  }

  @Test("Spatial gate")
  func spatialGate() {
    var random = RandomValues(seed: 21)
    let (u, gate, bias, dY) = (
      random.array(15), random.array(15), random.array(3), random.array(15)
    )
    func loss(_ u: [Double], _ gate: [Double], _ bias: [Double]) -> Double {
      zip(dY, ReferenceKernels.spatialGate(u, gate: gate, bias: bias)).map { $0 * $1 }.reduce(0, +)
    }
    let gradients = ReferenceKernels.spatialGateGradients(dY, u: u, gate: gate, bias: bias)
    let dU = numericalGradient(at: u) { loss($0, gate, bias) }
    let dGate = numericalGradient(at: gate) { loss(u, $0, bias) }
    let dBias = numericalGradient(at: bias) { loss(u, gate, $0) }
    #expect(relativeError(gradients.dU, dU) < tolerance)
    #expect(relativeError(gradients.dGate, dGate) < tolerance)
    #expect(relativeError(gradients.dBias, dBias) < tolerance)
  }

  @Test("Softmax of attention")
  func attentionSoftmax() {
    var random = RandomValues(seed: 23)
    let (scores, dY) = (random.array(12), random.array(12))
    let shares = ReferenceKernels.attentionSoftmax(scores, columns: 4, scale: 0.7)
    let gradient = ReferenceKernels.attentionSoftmaxGradient(
      dY, shares: shares, columns: 4, scale: 0.7)
    let numerical = numericalGradient(at: scores) { scores in
      zip(dY, ReferenceKernels.attentionSoftmax(scores, columns: 4, scale: 0.7))
        .map { $0 * $1 }.reduce(0, +)
    }
    #expect(relativeError(gradient, numerical) < tolerance)
  }

  @Test("Cross-entropy", arguments: [0.0, 0.1])
  func crossEntropy(smoothing: Double) {
    var random = RandomValues(seed: 22)
    let logits = random.array(7)
    let gradient = ReferenceKernels.crossEntropyGradient(logits, label: 2, smoothing: smoothing)
    let numerical = numericalGradient(at: logits) {
      ReferenceKernels.crossEntropy($0, label: 2, smoothing: smoothing)
    }
    #expect(relativeError(gradient, numerical) < tolerance)
  }
}
