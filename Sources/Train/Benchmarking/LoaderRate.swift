internal import Datasets

/// How fast one loader makes batches while nothing computes beside it.
struct LoaderRate: Sendable {
  /// Samples that are read, augmented and normalised in a second.
  let samplesPerSecond: Double

  /// Seconds that are measured at least.
  private static let duration = 0.2

  /// Measures a loader of the training set with the configured augmentation and micro-batches.
  ///
  /// - Throws: `DatasetError`.
  init(_ configuration: TrainingConfiguration, _ source: any SampleSource) throws {
    let size = configuration.train.microBatchSize
    let loader = try BatchLoader(
      source: source, normalization: configuration.normalization,
      augmentation: configuration.augment, seed: configuration.seed)
    var order = EpochOrder(seed: configuration.seed, epoch: 0, count: source.count)
    var (position, epoch) = (0, 0)
    func request() {
      if position + size > source.count {
        (position, epoch) = (0, epoch + 1)
        order = EpochOrder(seed: configuration.seed, epoch: epoch, count: source.count)
      }
      loader.request(samples: order[position..<position + size], epoch: epoch)
      position += size
    }
    for _ in 0..<Self.ahead { request() }
    var taken = 0
    let started = ContinuousClock.now
    while started.duration(to: .now).seconds < Self.duration {
      _ = try loader.next()
      taken += 1
      request()
    }
    samplesPerSecond = Double(taken * size) / started.duration(to: .now).seconds
  }

  /// Requests that wait, so that the loader is never without one.
  private static let ahead = 8
}
