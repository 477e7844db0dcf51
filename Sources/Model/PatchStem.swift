import Kernels
import Profiling

/// Cuts an image into patches and projects each to a token: a convolution whose stride is its size.
struct PatchStem: Sendable {
  let projection: Linear
  let grid: PatchGrid

  init(_ configuration: ModelConfiguration, _ layout: ParameterLayout) {
    projection = Linear("stem.proj", layout)
    grid = configuration.patchGrid
  }

  /// Images (B, channels, height, width) to tokens (S·N, D) of the pass's images.
  func forward<Element>(
    _ images: Span<Float>, into output: Matrix<Float>, _ pass: Pass<Element>
  ) throws(ModelError) {
    for chunk in pass.chunks {
      let patches = patches(of: images, chunk, pass)
      let output = output.rows(grid.rows(of: chunk))
      projection.forward(patches, into: output, pass)
      try pass.check(output, projection.name, "activation")
    }
  }

  /// The gradient of the projection; images need none.
  func backward<Element>(
    _ dOutput: Matrix<Float>, images: Span<Float>, _ pass: Pass<Element>
  ) {
    for chunk in pass.chunks {
      let patches = patches(of: images, chunk, pass)
      let dOutput = dOutput.rows(grid.rows(of: chunk))
      biasBackward(dOutput, dBias: pass.gradient.matrix(projection.bias))
      projection.weightBackward(dOutput, input: patches, pass)
    }
  }

  private func patches<Element>(
    of images: Span<Float>, _ chunk: Range<Int>, _ pass: Pass<Element>
  ) -> Matrix<Float> {
    pass.enter(.stem)
    let patches = pass.workspace.scratch(rows: chunk.count * grid.tokens).patches
    for sample in chunk {
      let start = (sample - chunk.lowerBound) * grid.tokens
      grid.gather(
        images, image: pass.first + sample, into: patches.rows(start..<(start + grid.tokens)))
    }
    return patches
  }
}

extension PatchGrid {
  /// The rows that the tokens of `samples` take in a matrix of one row a token.
  func rows(of samples: Range<Int>) -> Range<Int> {
    (samples.lowerBound * tokens)..<(samples.upperBound * tokens)
  }
}
