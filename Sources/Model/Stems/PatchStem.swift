import Kernels
import Profiling

/// Cuts an image into patches and projects each to a token: a convolution whose stride is its size.
struct PatchStem: Stem {
  private let projection: Linear
  private let grid: PatchGrid
  private let patches: FloatSlot

  var learns: Bool { projection.learns }

  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration] {
    Linear.tensors(
      "stem.proj",
      [configuration.dModel, configuration.channels] + configuration.patchSize,
      weight: .leCunNormal(inputs: configuration.patchGrid.patchSize), bias: .constant(0),
      axes: [.channels, .colors, .pixels, .pixels])
  }

  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan
  ) {
    projection = Linear("stem.proj", layout)
    grid = configuration.patchGrid
    patches = plan.floats(rows: grid.tokens, columns: grid.patchSize, .chunk)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    into output: FloatSlot, _ pass: Pass<Element>
  ) throws(ModelError) {
    for chunk in pass.chunks {
      gather(chunk)
      projection.forward(chunk[patches], into: chunk[output], chunk)
      try chunk.check(chunk[output], projection.name, "activation")
    }
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(_ dOutput: FloatSlot, _ pass: Pass<Element>) {
    for chunk in pass.chunks {
      gather(chunk)
      projection.biasBackward(chunk[dOutput], chunk)
      projection.weightBackward(chunk[dOutput], input: chunk[patches], chunk)
    }
  }

  func products(samples: Int) -> [LayerProduct] {
    // Nothing lies before the stem that would need a gradient.
    projection.products(rows: samples * grid.tokens, backward: false)
  }

  private func gather<Element>(_ chunk: Chunk<Element>) {
    chunk.enter(.stem)
    let images = chunk.pass.images
    let rows = chunk[patches].samples(of: grid.tokens)
    for (rows, sample) in zip(rows, chunk.samples) {
      grid.gather(images.span, image: chunk.pass.first + sample, into: chunk[patches].rows(rows))
    }
  }
}
