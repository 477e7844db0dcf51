import Batches
import Kernels
import Profiling

/// Cuts an image into patches and projects each to a token: a convolution whose stride is its size.
struct PatchStem: Stem {
  private static let projection = "stem.proj"

  private let projection: PatchProjection

  var learns: Bool { projection.learns }

  static func inputElements(_ configuration: ModelConfiguration) -> Int {
    configuration.patchGrid.imageSize
  }

  static func validate(_ configuration: ModelConfiguration) throws(ModelError) {
    try PatchProjection.validate(configuration)
  }

  static func require(_ input: Batch.Content, count: Int, _ configuration: ModelConfiguration) {
    PatchProjection.require(input, count: count, configuration)
  }

  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration] {
    PatchProjection.tensors(projection, configuration)
  }

  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan
  ) {
    projection = PatchProjection(Self.projection, configuration, layout, &plan)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    into output: FloatSlot, _ pass: Pass<Element>
  ) throws(ModelError) {
    for chunk in pass.chunks {
      projection.forward(into: chunk[output], chunk)
      try chunk.check(chunk[output], projection.name, "activation")
    }
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(_ dOutput: FloatSlot, _ pass: Pass<Element>) {
    for chunk in pass.chunks { projection.backward(chunk[dOutput], chunk) }
  }

  func products(samples: Int) -> [LayerProduct] { projection.products(samples: samples) }
}

/// The patches of images, each projected to a token.
struct PatchProjection: Sendable {
  private let linear: Linear
  private let grid: PatchGrid
  private let patches: FloatSlot

  var name: String { linear.name }

  /// Whether one of its tensors learns.
  var learns: Bool { linear.learns }

  /// Checks the sizes of images and patches.
  static func validate(_ configuration: ModelConfiguration) throws(ModelError) {
    let (imageSize, patchSize) = (configuration.imageSize, configuration.patchSize)
    let channels = configuration.channels
    try configuration.requirePositive(channels, "channels")
    try configuration.require(
      imageSize.count == 2, "image_size", "\(imageSize)", "must be [rows, columns] in pixels")
    try configuration.require(
      patchSize.count == 2, "patch_size", "\(patchSize)", "must be [rows, columns] in pixels")
    for axis in 0..<2 {
      try configuration.requirePositive(imageSize[axis], "image_size")
      try configuration.requirePositive(patchSize[axis], "patch_size")
      try configuration.require(
        imageSize[axis].isMultiple(of: patchSize[axis]), "patch_size", "\(patchSize)",
        "must divide image_size = \(imageSize) in both directions")
    }
    let tokens = configuration.tokens
    try configuration.require(
      tokens < 1 << 16, "patch_size", "\(patchSize)",
      "cuts an image into \(tokens) patches; at most \(1 << 16 - 1)")
    try configuration.requireWeights(
      [configuration.dModel, channels] + patchSize, in: "the stem", "patch_size", "\(patchSize)")
    try configuration.require(
      ModelConfiguration.product([channels] + imageSize) < 1 << 30, "image_size",
      "\(imageSize)", "makes images of \(1 << 30) numbers or more; use smaller ones")
  }

  /// Traps unless `input` is `count` images.
  static func require(_ input: Batch.Content, count: Int, _ configuration: ModelConfiguration) {
    let size = configuration.patchGrid.imageSize
    guard case .images(let images) = input else {
      preconditionFailure("text for a model of images")
    }
    precondition(
      images.count == count * size, "\(images.count) floats for \(count) images of \(size)")
  }

  static func tensors(
    _ name: String, _ configuration: ModelConfiguration
  ) -> [TensorDeclaration] {
    Linear.tensors(
      name, [configuration.dModel, configuration.channels] + configuration.patchSize,
      weight: .leCunNormal(inputs: configuration.patchGrid.patchSize), bias: .constant(0),
      axes: [.channels, .colors, .pixels, .pixels])
  }

  init(
    _ name: String, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    linear = Linear(name, layout)
    grid = configuration.patchGrid
    patches = plan.floats(rows: grid.tokens, columns: grid.patchSize, .chunk)
  }

  /// From the images of the chunk's samples to their tokens, `output` (C·N, D).
  func forward<Element>(into output: Matrix<Float>, _ chunk: Chunk<Element>) {
    gather(chunk)
    linear.forward(chunk[patches], into: output, chunk)
  }

  /// Adds the gradients of the tensors that learn, given that of the tokens, `dOutput` (C·N, D).
  func backward<Element>(_ dOutput: Matrix<Float>, _ chunk: Chunk<Element>) {
    gather(chunk)
    linear.biasBackward(dOutput, chunk)
    linear.weightBackward(dOutput, input: chunk[patches], chunk)
  }

  /// The products of `samples`; nothing before the stem needs a gradient.
  func products(samples: Int) -> [LayerProduct] {
    linear.products(rows: samples * grid.tokens, backward: false)
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
