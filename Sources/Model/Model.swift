public import Kernels
public import Profiling
import Randomness

/// A network: stem, residual layers and head, with a hand-written backward pass.
///
/// A model owns no numbers: weights, gradient and activations are passed in. Every result is a function of the
/// arguments only.
public struct Model: Sendable {
  /// The sizes.
  public let configuration: ModelConfiguration

  /// The position of each tensor in the flat buffers.
  public let layout: ParameterLayout

  /// The kind of number that the blocks compute with.
  public let precision: Precision

  /// The library that multiplies matrices.
  public let products: ProductLibrary

  let stem: any Stem
  let layers: [ResidualLayer]
  let head: any Head

  /// The matrices that the layers work in.
  let activations: ActivationPlan

  /// The input of each residual layer, then the output of the last one: (S·N, D) each.
  let streams: [FloatSlot]

  /// The gradient of the stream that backward has reached.
  private let dStream: FloatSlot

  /// The layer in which backward ends: 0 is the stem, i + 1 residual layer i.
  private var lowestLearning: Int { layout.lowestLearningLayer }

  /// A model of these sizes.
  ///
  /// - Parameters:
  ///   - configuration: the sizes.
  ///   - precision: the kind of number that the blocks compute with.
  ///   - products: the library that multiplies matrices.
  ///   - isFrozen: asked with the name of each tensor; true if it does not learn.
  /// - Throws: ``ModelError/invalidConfiguration(key:value:advice:)``.
  public init(
    _ configuration: ModelConfiguration, precision: Precision = .fp32,
    products: ProductLibrary = .portable, freezing isFrozen: (String) -> Bool = { _ in false }
  ) throws(ModelError) {
    try configuration.validate()
    self.configuration = configuration
    self.precision = precision
    self.products = products
    let layout = ParameterLayout(configuration, isFrozen: isFrozen)
    var plan = ActivationPlan()
    func stream() -> FloatSlot {
      plan.floats(rows: configuration.tokens, columns: configuration.dModel, .subBatch)
    }

    plan.beginLayer(.stem)
    let (last, dStream) = (stream(), stream())
    stem = configuration.stem.init(configuration, layout, &plan)
    let parts = configuration.blockParts
    plan.beginLayer(.block)
    streams = parts.map { _ in stream() } + [last]
    layers = parts.enumerated().map { number, part in
      plan.beginLayer(.block, goesBack: layout.lowestLearningLayer <= number + 1)
      return ResidualLayer(number, part, configuration, layout, &plan)
    }
    plan.beginLayer(.head)
    head = configuration.head.init(configuration, layout, &plan)

    self.layout = layout
    self.dStream = dStream
    activations = plan
  }

  /// Storage for the activations of one worker.
  ///
  /// - Parameters:
  ///   - microBatchSize: the largest number of samples in one call of `train`.
  ///   - subBatchSize: the number of samples whose activations are kept at once; gradients accumulate over the
  ///     sub-batches. It changes the results' last bits, unless products are portable and no layers share a tensor
  ///     or are Toeplitz. 0 chooses by the model's shapes alone.
  ///   - interleavedSamples: the number of samples that take turns in each layer, in as many whole sub-batches as fit,
  ///     at least one. It changes no bit.
  ///   - clock: charged with the kernels' time; none by default.
  /// - Returns: an arena of ``ModelCost/arenaBytes(microBatchSize:subBatchSize:interleavedSamples:)`` bytes.
  public func makeArena(
    microBatchSize: Int, subBatchSize: Int = 0, interleavedSamples: Int = 0,
    clock: PhaseClock? = nil
  ) -> Arena {
    Arena(
      ArenaLayout(
        activations, configuration, precision, products, microBatchSize: microBatchSize,
        subBatchSize: subBatchSize, interleavedSamples: interleavedSamples),
      clock: clock)
  }

  /// Storage for the weights as operands of the blocks' products, one for all workers of a rank.
  public func makeOperands() -> Operands {
    Operands(count: layout.count, precision: precision)
  }

  /// From the samples of `passes` to logits, which the head keeps.
  ///
  /// The passes take turns in each layer. Before each layer, `weightsNeeded` receives n: the weights of this layer and
  /// of the earlier ones are the elements from n on.
  func forward<Element>(
    _ passes: [Pass<Element>], weightsNeeded: (Int) -> Void = { _ in }
  ) throws(ModelError) {
    weightsNeeded(layout.prefixes[1])
    for pass in passes { try stem.forward(into: streams[0], pass) }
    for (index, layer) in layers.enumerated() {
      weightsNeeded(layout.prefixes[index + 2])
      for pass in passes {
        try layer.forward(streams[index], into: streams[index + 1], pass)
      }
    }
    weightsNeeded(0)
    for pass in passes { try head.forward(streams[layers.count], pass) }
  }

  /// The forward pass reversed, from the gradient that has replaced the logits down to the lowest layer that learns.
  ///
  /// After each layer, `layerDone` receives the length of the prefix of the gradients that is final.
  func backward<Element>(
    _ passes: [Pass<Element>], layerDone: (Int) -> Void
  ) throws(ModelError) {
    for pass in passes {
      try head.backward(
        into: dStream, stream: streams[layers.count], needsInput: lowestLearning <= layers.count,
        pass)
    }
    layerDone(layout.prefixes[layers.count + 1])
    for (index, layer) in layers.enumerated().reversed() where index + 1 >= lowestLearning {
      for pass in passes {
        try layer.backward(
          dStream, input: streams[index], needsInput: index + 1 > lowestLearning, pass)
      }
      layerDone(layout.prefixes[index + 1])
    }
    if stem.learns { for pass in passes { stem.backward(dStream, pass) } }
    layerDone(layout.prefixes[0])
  }

  /// The matrix products of a chunk of `samples`, forward and backward, layer by layer: stem, residual layers, head.
  func layerProducts(samples: Int) -> [[LayerProduct]] {
    let residual = layers.enumerated().map { index, layer in
      layer.products(samples: samples, backward: index + 1 > lowestLearning)
    }
    return [stem.products(samples: samples)] + residual
      + [head.products(samples: samples, backward: lowestLearning <= layers.count)]
  }
}

extension Model {
  /// Writes the weights before the first step: a pure function of the seed, the same on every rank.
  ///
  /// Each layer declares the initial values of its tensors; padding is zero.
  public func initializeWeights(_ weights: FloatBuffer, seed: UInt64) {
    precondition(
      weights.count == layout.count, "\(weights.count) weights for a layout of \(layout.count)")
    weights.zero(0..<weights.count)
    for (number, parameter) in layout.parameters.enumerated() {
      weights.withMutableSpan(parameter.range) { values in
        for index in values.indices {
          values[index] = parameter.initial.value(index, seed: seed, tensor: number)
        }
      }
    }
  }
}
