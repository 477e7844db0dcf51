import Batches
import Kernels
import TestSupport
import Testing

@testable import Model

@Suite("bf16", .enabled(if: BFloat16.isFast, "this processor has no instructions for bf16"))
struct BFloat16Tests {
  /// Twice the square root of the roundings on the longest path, each of a half unit of bf16: the
  /// error is that of a norm over many numbers, in which independent roundings average out.
  ///
  /// A block rounds its normalised input, the pre-activation, the activation, the gate's input, the
  /// gate and the gated half, and as many gradients on the way back; products sum in fp32.
  private let tolerance = 2 * (3 * 12.0).squareRoot() * 0x1p-8

  @Test("Loss, logits and every gradient are PyTorch's to the rounding of bf16")
  func fixture() throws {
    let fixture = try Fixture(.bf16)
    let arena = fixture.model.makeArena(microBatchSize: 5)
    let logits = fixture.model.logits(
      .images(fixture.images), count: 5, weights: fixture.weights,
      operands: fixture.operands, arena: arena)
    #expect(relativeError(logits, try fixture.file("logits")) < tolerance)
    let gradient = FloatBuffer(count: fixture.model.layout.count)
    let result = try fixture.train(arena: arena, gradient: gradient, debug: true)
    #expect(relativeError([result.lossSum], try fixture.file("loss")) < tolerance)
    for parameter in fixture.model.layout.parameters {
      let error = relativeError(
        gradient.values(parameter.range), try fixture.file("gradients.\(parameter.name)"))
      #expect(error < tolerance, "\(parameter.name): \(error)")
    }
  }

  @Test("It is another computation than fp32, in less memory")
  func differs() throws {
    let (small, large) = (try Fixture(.bf16), try Fixture(.fp32))
    let gradients = try [small, large].map { fixture in
      let gradient = FloatBuffer(count: fixture.model.layout.count)
      _ = try fixture.train(
        arena: fixture.model.makeArena(microBatchSize: 5), gradient: gradient)
      return gradient.values(0..<gradient.count)
    }
    #expect(gradients[0] != gradients[1])
    let bytes = [small, large].map {
      ModelCost($0.model).arenaBytes(microBatchSize: 5, subBatchSize: 5)
    }
    #expect(bytes[0] < bytes[1])
  }
}
