import Datasets
import Imaging
import Kernels
import Model

extension TrainingConfiguration {
  /// The number of micro-batches a step, V.
  public var microBatches: Int { train.globalBatchSize / train.microBatchSize }

  /// Checks that every value is in its range and that the values agree with each other.
  ///
  /// - Throws: ``ConfigurationError`` that names the key, its value and the rule.
  public func validate() throws(ConfigurationError) {
    do {
      try model.validate()
    } catch {
      throw ConfigurationError("\(error)")
    }
    for (key, value, range) in wholeNumbers where !range.contains(value) {
      let isLow = value < range.lowerBound
      throw ConfigurationError(
        "\(key) = \(value): must be at "
          + (isLow ? "least \(range.lowerBound)" : "most \(range.upperBound)"))
    }
    for (key, value, bounds) in fractions where !bounds.range.contains(value) {
      throw ConfigurationError("\(key) = \(value): must be \(bounds.words)")
    }
    try validateRelations()
    try task.validate()
    try requireNames()
  }

  /// The largest numbers keep every product of them, in bytes, a number.
  private var wholeNumbers: [(key: String, value: Int, range: ClosedRange<Int>)] {
    let most = 1_000_000_000
    return [
      ("train.steps", train.steps, 0...most),
      ("train.epochs", train.epochs, (train.steps > 0 ? 0 : 1)...most),
      ("train.global_batch_size", train.globalBatchSize, 1...1 << 24),
      ("train.micro_batch_size", train.microBatchSize, 1...1 << 16),
      ("train.sub_batch_size", train.subBatchSize, 0...1 << 16),
      ("train.interleaved_samples", train.interleavedSamples, 0...1 << 24),
      ("train.threads", train.threads, 1...1 << 10),
      ("train.checkpoint_every", train.checkpointEvery, 0...most),
      ("train.evaluate_every", train.evaluateEvery, 0...most),
      ("train.keep", train.keep, 2...most),
      ("train.max_skipped_steps", train.maxSkippedSteps, 0...most),
      ("schedule.warmup_steps", schedule.warmupSteps, 0...most),
      ("augment.crop_padding", augment.cropPadding, 0...1 << 20),
      ("augment.repeats", augment.repeats, 1...16),
    ]
  }

  private var fractions: [(key: String, value: Double, bounds: Bounds)] {
    [
      ("train.label_smoothing", train.labelSmoothing, .share),
      ("train.ema_decay", train.emaDecay, .share),
      ("train.bucket_mb", train.bucketMB, Bounds(0.001...2_000)),
      ("train.spike_guard", train.spikeGuard, Bounds(0...1_000)),
      ("train.hang_timeout", train.hangTimeout, Bounds(0...1_000_000)),
      ("train.time_limit", train.timeLimit, Bounds(0...1_000_000)),
      ("optimizer.learning_rate", optimizer.learningRate, Bounds(0...1_000)),
      ("optimizer.weight_decay", optimizer.weightDecay, Bounds(0...1_000)),
      ("optimizer.beta1", optimizer.beta1, .share),
      ("optimizer.beta2", optimizer.beta2, .share),
      ("optimizer.epsilon", optimizer.epsilon, .positiveShare),
      ("optimizer.momentum", optimizer.momentum, .share),
      ("optimizer.layer_decay", optimizer.layerDecay, .positiveShare),
      ("optimizer.grad_clip", optimizer.gradClip, .nonnegative),
      ("schedule.minimum_learning_rate", schedule.minimumLearningRate, Bounds(0...1_000)),
      ("augment.crop_fraction", augment.cropFraction, Bounds(0...1)),
      ("schedule.warmup_epochs", schedule.warmupEpochs, Bounds(0...1_000_000)),
      ("schedule.warmup_share", schedule.warmupShare, Bounds(0...1)),
      ("augment.color_jitter", augment.colorJitter, Bounds(0...10)),
      ("augment.erasing", augment.erasing, Bounds(0...1)),
      ("augment.mixup", augment.mixup, Bounds(0...100)),
      ("augment.cutmix", augment.cutmix, Bounds(0...100)),
      ("augment.switch", augment.switchProbability, Bounds(0...1)),
    ] + data.mean.map { ("data.mean", $0, Bounds(-1_000_000...1_000_000)) }
      + data.std.map { ("data.std", $0, Bounds(0.000_001...1_000_000)) }
  }

  private func validateRelations() throws(ConfigurationError) {
    if !ProductLibrary.available.contains(train.products.library) {
      throw ConfigurationError(
        "train.products = \(train.products.toml): this program was built without oneDNN; use portable or "
          + "openblas, or build it with the trait OneDNN")
    }
    if train.globalBatchSize % train.microBatchSize != 0 {
      throw ConfigurationError(
        "train.global_batch_size = \(train.globalBatchSize): must be a multiple of "
          + "train.micro_batch_size = \(train.microBatchSize); change one of them, as in "
          + "train.micro_batch_size=\(train.largestMicroBatch(dividing: train.globalBatchSize))")
    }
    if train.reduction == .mpi && train.recordDigests {
      throw ConfigurationError(
        "train.record_digests = true: needs train.reduction = \"ordered\"; with \"mpi\" a rank has no "
          + "sums of its own to replay")
    }
    if train.wirePrecision == .bf16 && train.recordDigests {
      throw ConfigurationError(
        "train.record_digests = true: needs train.wire_precision = \"fp32\"; with \"bf16\" the weights "
          + "depend on the ranks, and one process cannot replay them")
    }
    if train.reduction == .mpi && train.wirePrecision == .bf16 {
      throw ConfigurationError(
        "train.wire_precision = \"bf16\": needs train.reduction = \"ordered\"; with \"mpi\" the sums "
          + "would be bf16 too")
    }
    if optimizer.nesterov && optimizer.momentum == 0 {
      throw ConfigurationError(
        "optimizer.nesterov = true: needs a momentum; set optimizer.momentum, as in "
          + "optimizer.momentum=0.9")
    }
    for (key, values) in [("data.mean", data.mean), ("data.std", data.std)]
    where values.count != 1 && values.count != model.channels {
      throw ConfigurationError(
        "\(key) has \(values.count) values: give one, or one for each of the "
          + "\(model.channels) channels")
    }
    try validateAugmentation()
    if schedule.warmupShare > 0 && schedule.warmupEpochs > 0 {
      throw ConfigurationError(
        "schedule.warmup_share = \(schedule.warmupShare): does not go with schedule.warmup_epochs = "
          + "\(schedule.warmupEpochs); leave one of them out")
    }
    if schedule.minimumLearningRate > optimizer.learningRate {
      throw ConfigurationError(
        "schedule.minimum_learning_rate = \(schedule.minimumLearningRate): must be at most "
          + "optimizer.learning_rate = \(optimizer.learningRate)")
    }
  }

  private func validateAugmentation() throws(ConfigurationError) {
    for (key, bounds, range) in [
      ("augment.crop_scale", augment.cropScale, 0.0001...1),
      ("augment.crop_ratio", augment.cropRatio, 0.01...100),
    ] {
      guard bounds.count == 2, bounds[0] <= bounds[1], bounds.allSatisfy(range.contains) else {
        throw ConfigurationError(
          "\(key) = \(bounds.toml): must be two numbers from \(range.lowerBound) to "
            + "\(range.upperBound), the smaller one first")
      }
    }
    for (key, alpha) in [("augment.mixup", augment.mixup), ("augment.cutmix", augment.cutmix)]
    where alpha > 0 && alpha < 0.01 {
      throw ConfigurationError("\(key) = \(alpha): must be 0, for none, or at least 0.01")
    }
    guard augment.policy != "none" else { return }
    do {
      _ = try AugmentationPolicy(augment.policy)
    } catch {
      throw ConfigurationError(
        "augment.policy = \(augment.policy.toml): \(error.description); or \"none\"")
    }
  }
}

extension TrainingConfiguration {
  /// Throws if a name pattern matches no tensor of the model, which has been validated, or if all tensors are frozen.
  ///
  /// - Throws: ``ConfigurationError`` that names the pattern and the nearest tensors.
  func requireNames() throws(ConfigurationError) {
    let lists = [
      ("optimizer.frozen", optimizer.frozen),
      ("optimizer.rate_factors", optimizer.rateFactors.map(\.pattern)),
      ("optimizer.decay_factors", optimizer.decayFactors.map(\.pattern)),
    ]
    if lists.allSatisfy({ $0.1.isEmpty }) { return }
    let names: [String]
    do {
      names = try Model(model).layout.parameters.map(\.name)
    } catch {
      throw ConfigurationError("\(error)")
    }
    for (key, patterns) in lists {
      for pattern in patterns where !names.contains(where: pattern.matches) {
        throw ConfigurationError(
          "\(key): \(pattern.text.toml) matches no tensor; the nearest are "
            + pattern.nearest(in: names, count: 3).joined(separator: ", "))
      }
    }
    guard names.allSatisfy(optimizer.freezes) else { return }
    throw ConfigurationError(
      "optimizer.frozen = \(optimizer.frozen.toml): freezes all \(names.count) tensors, so that nothing "
        + "would learn; leave some out, as in optimizer.frozen=[\"stem.*\", \"blocks.*\", \"norm.*\"]"
    )
  }
}
