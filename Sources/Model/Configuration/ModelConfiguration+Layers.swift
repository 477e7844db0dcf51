import Kernels

extension ModelConfiguration {
  /// What makes samples into tokens.
  var stem: any Stem.Type { PatchStem.self }

  /// What the layers between stem and head are.
  var block: any Block.Type { GMLPBlock.self }

  /// What makes tokens into logits.
  var head: any Head.Type { ClassHead.self }

  /// The tokens of a sample, N.
  public var tokens: Int { patchGrid.tokens }

  /// The numbers of a sample in ``ModelInput``.
  public var inputElements: Int { patchGrid.imageSize }

  /// The labels of a sample.
  public var labelsPerSample: Int { 1 }

  /// Traps unless `input` is what this model takes, for `count` samples.
  func require(_ input: ModelInput, count: Int) {
    switch input {
    case .images(let images):
      precondition(
        images.count == count * inputElements,
        "\(images.count) floats for \(count) images of \(inputElements)")
    }
  }
}
