import Batches
import Kernels
import Testing

@testable import Model

@Suite("Activation plan")
struct ActivationPlanTests {
  private typealias Place = ArenaLayout.Place

  private func elements(_ place: Place) -> Range<Int> {
    place.offset..<(place.offset + place.rows * place.columns)
  }

  @Test(
    "No two matrices that live at the same time overlap, and all lie in the arena",
    arguments: TextFixture.Variant.allCases.map(\.configuration)
      + ImageFixtureTests.Variant.allCases.map(\.configuration), [false, true])
  func disjoint(configuration: ModelConfiguration, isProbe: Bool) throws {
    let model = try Model(configuration) { isProbe && !$0.hasPrefix("norm.") }
    let layout = model.makeArena(
      microBatchSize: 7, subBatchSize: 5, interleavedSamples: 10
    ).layout
    #expect(layout.interleavedSubBatches == 2)
    for (reservations, region) in [
      (model.activations.floats, layout.floats), (model.activations.operands, layout.operands),
    ] {
      #expect(region.places.count == reservations.count)
      for (index, first) in reservations.enumerated() {
        let place = region.places[index]
        #expect(place.offset % 16 == 0 && elements(place).upperBound <= region.count)
        for (other, second) in reservations.enumerated() where other < index {
          let live =
            first.layer == second.layer || first.slot.extent == .subBatch
            || second.slot.extent == .subBatch
          #expect(!live || !elements(place).overlaps(elements(region.places[other])))
          // What one sub-batch keeps, and what others do meanwhile.
          let second = region.place(of: first.slot, at: 1)
          let isKept = first.slot.extent == .subBatch
          #expect(!isKept || !elements(second).overlaps(elements(region.places[other])))
        }
      }
    }
  }

  @Test("Layers work in the same memory one after the other; only what they keep adds up")
  func shared() throws {
    var configuration = TextFixture.Variant.attention.configuration
    let counts = try [2, 3, 4].map { layers in
      configuration.numLayers = layers
      return try Model(configuration).makeArena(microBatchSize: 4).bytes
    }
    // Stream, q, k and v, pre-activation and gate of four sequences of 11 tokens.
    let kept = [10, 9, 34, 17].map { (4 * 11 * $0 + 31) / 32 * 32 * 4 }.reduce(0, +)
    #expect(counts[1] - counts[0] == kept && counts[2] - counts[1] == kept)
  }

  @Test("Layers below which nothing learns keep nothing but the stream")
  func forwardOnly() throws {
    var configuration = TextFixture.Variant.attention.configuration
    func bytes(layers: Int, learning: String) throws -> Int {
      configuration.numLayers = layers
      return try Model(configuration) { !$0.hasPrefix(learning) }
        .makeArena(microBatchSize: 4).bytes
    }
    let stream = (4 * 11 * 10 + 31) / 32 * 32 * 4
    for learning in ["norm.", "blocks.4."] {
      let counts = try [6, 7, 8].map { try bytes(layers: $0, learning: learning) }
      // Of block 4 on, layers pass the gradient back to it.
      let kept =
        learning == "norm." ? 0 : [9, 34, 17].map { (4 * 11 * $0 + 31) / 32 * 32 * 4 }.reduce(0, +)
      #expect(counts[1] - counts[0] == stream + kept && counts[2] - counts[1] == stream + kept)
    }
    let sizes = try ["norm.", "blocks.4.", "blocks.0."].map { try bytes(layers: 5, learning: $0) }
    #expect(sizes[0] < sizes[1] && sizes[1] < sizes[2])
  }

  @Test("A chunk has the rows of its samples of what is kept, and the first of what is not")
  func rows() throws {
    var plan = ActivationPlan()
    let kept = plan.floats(rows: 3, columns: 2, .subBatch)
    let working = plan.operands(rows: 2, columns: 4, .chunk)
    let fixed = plan.floats(rows: 6, columns: 1, .layer)
    var configuration = ModelConfiguration()
    configuration.dFFN = 1 << 15
    func arena(_ products: ProductLibrary) -> ArenaLayout {
      ArenaLayout(
        plan, configuration, .fp32, products, microBatchSize: 4, subBatchSize: 4,
        interleavedSamples: 0)
    }
    // Portable products take as many samples as have pre-activations of twice the size of the weights.
    #expect(arena(.portable).chunkSize == 2)
    let layout = arena(.openblas)
    let workspace = Workspace<Float>(layout)
    let pass = Pass(
      weights: workspace.floats, operands: workspace.operands, gradient: workspace.floats,
      workspace: workspace, input: .images([]), samples: nil,
      depth: StochasticDepth(survivalProbability: 1, seed: 0, step: 0), count: 3, debug: false)
    #expect(layout.chunkSize == 1 && pass.chunks.count == 3)
    let last = pass.chunks[2]
    #expect(last[kept].offset == workspace[kept, 0].offset + 2 * 3 * 2 && last[kept].rows == 3)
    #expect(last[working].offset == workspace[working, 0].offset && last[working].rows == 2)
    #expect(last[fixed].rows == 6 && pass.whole[kept].rows == 9)
  }
}
