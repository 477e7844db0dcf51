import Batches
import Kernels
import Model
import TestSupport
import Testing

@Suite("Against timm")
struct TimmFixtureTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  /// A bound on the relative error that holds for all but a few of 10⁹ cases.
  ///
  /// With r roundings on the longest path (a dot product of length n counts n), independent and of
  /// mean zero, it is 6 √r half units in the last place: tight enough to see a wrong epsilon.
  /// Source: Higham, Mary, "A New Approach to Probabilistic Rounding Error Analysis", 2019.
  private var tolerance: Double {
    let sizes = fixture.model.configuration
    let tokens = 15
    let block = 2 * sizes.dModel + sizes.dFFN + tokens + 2 * sizes.dFFN / 2 + 20
    let forward = 2 * 20 + sizes.numLayers * block + tokens + sizes.dModel + sizes.numClasses
    return 6 * Double(2 * forward).squareRoot() * 0x1p-24
  }

  @Test("The tensors have timm's names, in timm's order")
  func names() {
    let expected = fixture.file.tensors.keys.filter { $0.hasPrefix("weights.") }
    #expect(
      Set(fixture.model.layout.parameters.map { "weights.\($0.name)" }) == Set(expected))
    #expect(fixture.model.layout.parameters.first?.name == "stem.proj.weight")
    #expect(fixture.model.layout.parameters.last?.name == "head.bias")
  }

  @Test("Logits agree")
  func logits() throws {
    let arena = fixture.model.makeArena(microBatchSize: 5)
    let logits = fixture.model.logits(
      .images(fixture.images), count: 5, weights: fixture.weights,
      operands: fixture.operands, arena: arena)
    #expect(relativeError(logits, try fixture.file("logits")) < tolerance)
  }

  @Test("Loss and every gradient agree, in pieces of any size", arguments: [0, 1, 2, 5])
  func gradients(subBatchSize: Int) throws {
    let arena = fixture.model.makeArena(microBatchSize: 5, subBatchSize: subBatchSize)
    let gradient = FloatBuffer(count: fixture.model.layout.count)
    let result = try fixture.train(arena: arena, gradient: gradient, debug: true)
    #expect(result.samples == 5)
    #expect(relativeError([result.lossSum], try fixture.file("loss")) < tolerance)
    for parameter in fixture.model.layout.parameters {
      let error = relativeError(
        gradient.values(parameter.range), try fixture.file("gradients.\(parameter.name)"))
      #expect(error < tolerance, "\(parameter.name)")
    }
  }

  @Test("Evaluation gives the plain cross-entropy")
  func evaluation() throws {
    let arena = fixture.model.makeArena(microBatchSize: 2)
    let result = try fixture.model.evaluate(
      Batch(.images(fixture.images), labels: fixture.labels, samples: Array(0..<5)),
      weights: fixture.weights,
      operands: fixture.operands, arena: arena)
    #expect(relativeError([result.lossSum], try fixture.file("plain_loss")) < tolerance)
    let logits = try fixture.file("logits")
    let hits = (0..<5).filter { sample in
      let row = logits[(sample * 7)..<(sample * 7 + 7)]
      return row.firstIndex(of: row.max() ?? 0) == sample * 7 + Int(fixture.labels[sample])
    }
    #expect(result.correct == hits.count)
    #expect(result.samples == 5)
  }
}
