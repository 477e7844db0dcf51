internal import Datasets
internal import Model

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
    for (key, value, least) in wholeNumbers where value < least {
      throw ConfigurationError("\(key) = \(value): must be at least \(least)")
    }
    for (key, value, range) in fractions where !range.contains(value) {
      throw ConfigurationError(
        "\(key) = \(value): must lie in \(range.lowerBound)...\(range.upperBound)")
    }
    try validateRelations()
  }

  private var wholeNumbers: [(key: String, value: Int, least: Int)] {
    [
      ("train.steps", train.steps, 0),
      ("train.epochs", train.epochs, train.steps > 0 ? 0 : 1),
      ("train.global_batch_size", train.globalBatchSize, 1),
      ("train.micro_batch_size", train.microBatchSize, 1),
      ("train.sub_batch_size", train.subBatchSize, 0),
      ("train.threads", train.threads, 1),
      ("train.checkpoint_every", train.checkpointEvery, 0),
      ("train.evaluate_every", train.evaluateEvery, 0),
      ("train.keep", train.keep, 2),
      ("schedule.warmup_steps", schedule.warmupSteps, 0),
      ("augment.crop_padding", augment.cropPadding, 0),
    ]
  }

  private var fractions: [(key: String, value: Double, range: ClosedRange<Double>)] {
    [
      ("train.label_smoothing", train.labelSmoothing, 0...1),
      ("train.ema_decay", train.emaDecay, 0...1.0.nextDown),
      ("train.bucket_mb", train.bucketMB, 0.001...2_000),
      ("optimizer.learning_rate", optimizer.learningRate, 0...1_000),
      ("optimizer.weight_decay", optimizer.weightDecay, 0...1_000),
      ("optimizer.beta1", optimizer.beta1, 0...1.0.nextDown),
      ("optimizer.beta2", optimizer.beta2, 0...1.0.nextDown),
      ("optimizer.epsilon", optimizer.epsilon, Double.leastNormalMagnitude...1),
      ("optimizer.grad_clip", optimizer.gradClip, 0...Double.greatestFiniteMagnitude),
      (
        "schedule.minimum_learning_rate", schedule.minimumLearningRate,
        0...optimizer.learningRate
      ),
    ]
  }

  private func validateRelations() throws(ConfigurationError) {
    if train.globalBatchSize % train.microBatchSize != 0 {
      throw ConfigurationError(
        "train.global_batch_size = \(train.globalBatchSize): must be a multiple of "
          + "train.micro_batch_size = \(train.microBatchSize)")
    }
    if train.reduction == .mpi && train.recordDigests {
      throw ConfigurationError(
        "train.record_digests = true: needs train.reduction = \"ordered\"; with \"mpi\" a rank has no "
          + "sums of its own to replay")
    }
    for (key, values) in [("data.mean", data.mean), ("data.std", data.std)]
    where values.count != 1 && values.count != model.channels {
      throw ConfigurationError(
        "\(key) has \(values.count) values: give one, or one for each of the "
          + "\(model.channels) channels")
    }
    if let zero = data.std.first(where: { $0 <= 0 }) {
      throw ConfigurationError("data.std = \(zero): must be above 0")
    }
  }
}
