import Batches
import Kernels
import Profiling
import Randomness

/// A micro-batch, or a part of one, on its way through the layers: what they read, add to and work in.
struct Pass<Element: Numeral> {
  /// The flat weights.
  let weights: FloatBuffer

  /// The weights as operands of the blocks' products.
  let operands: Buffer<Element>

  /// The flat gradient, to which layers add; unused in a pass without backward.
  let gradient: FloatBuffer

  /// The activations of this worker.
  let workspace: Workspace<Element>

  /// All samples of the micro-batch.
  let input: Batch.Content

  /// The samples' numbers in their data set; nil if nothing is random.
  var samples: ArraySlice<Int>?

  /// How samples skip blocks.
  let depth: StochasticDepth

  /// Which activations of the blocks are dropped; nil if none are.
  var dropout: Dropout?

  /// Which channels are dropped before the classifier; nil if none are.
  var headDropout: Dropout?

  /// The index of the micro-batch among those that are computed at once.
  var microBatch = 0

  /// The index of the first sample in the micro-batch.
  var first = 0

  /// The number of samples.
  var count: Int

  /// Whether every activation and gradient is checked.
  let debug: Bool

  /// Which of the workspace's places for kept activations this sub-batch has.
  var place = 0

  /// Whether this is the backward pass, which the kernels' time is then charged to.
  var isBackward = false

  /// This pass in parts whose activations the workspace can hold, first to last.
  var subBatches: [Pass] {
    let size = workspace.layout.subBatchSize
    return Swift.stride(from: 0, to: count, by: size).map { start in
      var part = self
      (part.first, part.count) = (start, min(size, count - start))
      part.samples = samples?[start..<start + part.count]
      return part
    }
  }

  /// The images (B, channels, height, width) of the micro-batch.
  var images: [Float] {
    guard case .images(let images) = input else { preconditionFailure("not images") }
    return images
  }

  /// The sequences of the micro-batch: (B, N) tokens, and the (B, P) positions to predict.
  var text: (tokens: [Int32], positions: [Int32]) {
    guard case .text(let tokens, let positions) = input else { preconditionFailure("not text") }
    return (tokens, positions)
  }

  /// Charges the worker's time to `kernel` from now on.
  func enter(_ kernel: Kernel) {
    workspace.clock?.enter(isBackward ? .backward(kernel) : .forward(kernel))
  }

  /// The samples of this pass in chunks that go through a layer together.
  var chunks: [Chunk<Element>] { chunks(of: workspace.chunkSize) }

  /// The samples of this pass one by one.
  var singles: [Chunk<Element>] { chunks(of: 1) }

  /// All samples of this pass, for layers that work on kept matrices.
  var whole: Chunk<Element> { Chunk(pass: self, samples: 0..<count) }

  private func chunks(of size: Int) -> [Chunk<Element>] {
    Swift.stride(from: 0, to: count, by: size).map {
      Chunk(pass: self, samples: $0..<min($0 + size, count))
    }
  }

  /// The factor of the branch of residual layer `layer` for sample `index` of this pass.
  func branchScale(_ index: Int, layer: Int) -> Float {
    guard let samples else { return 1 }
    return depth.scale(sample: samples[samples.startIndex + index], layer: layer)
  }

  /// Drops activations of sample `index` of this pass, if there is dropout.
  func drop<Dropped: Numeral>(
    _ matrix: Matrix<Dropped>, of index: Int, _ purpose: RandomPurpose, number: Int
  ) {
    let dropout = purpose == .headDropout ? headDropout : dropout
    guard let dropout, let samples else { return }
    dropout.apply(
      to: matrix, sample: samples[samples.startIndex + index], purpose, number: number)
  }

  /// In a debugging pass, throws if an element of `matrix` is not finite.
  func check<Checked: Numeral>(
    _ matrix: Matrix<Checked>, _ layer: @autoclosure () -> String, _ quantity: String
  ) throws(ModelError) {
    guard debug, !isFinite(matrix) else { return }
    throw .notFinite(layer: layer(), quantity: quantity)
  }
}
