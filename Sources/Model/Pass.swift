import Kernels

/// One sub-batch on its way through the layers: what they read, add to and work in.
struct Pass {
  /// The flat weights.
  let weights: FloatBuffer

  /// The flat gradient, to which layers add; of no meaning in a pass without backward.
  let gradient: FloatBuffer

  /// The activations of this worker.
  let arena: Arena

  /// The samples' numbers in their data set; nil where no block is skipped.
  let samples: ArraySlice<Int>?

  /// How samples skip blocks.
  let depth: StochasticDepth

  /// The number of samples.
  let count: Int

  /// Whether every activation and gradient is checked.
  let debug: Bool

  /// The samples of this pass, cut into runs that go through a layer together.
  var chunks: [Range<Int>] {
    Swift.stride(from: 0, to: count, by: arena.chunkSize).map {
      $0..<min($0 + arena.chunkSize, count)
    }
  }

  /// What the branch of `block` is multiplied by for sample number `index` of this pass.
  func branchScale(_ index: Int, block: Int) -> Float {
    guard let samples else { return 1 }
    return depth.scale(sample: samples[samples.startIndex + index], block: block)
  }

  /// In a debugging pass, throws if an element of `matrix` is not finite.
  func check(
    _ matrix: Matrix, _ layer: @autoclosure () -> String, _ quantity: String
  ) throws(ModelError) {
    guard debug, !isFinite(matrix) else { return }
    throw .notFinite(layer: layer(), quantity: quantity)
  }
}
