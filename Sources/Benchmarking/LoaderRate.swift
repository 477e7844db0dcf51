import Comm
import Configuration
import Datasets
import Threading
import Train

/// How fast one loader makes batches while nothing computes beside it.
struct LoaderRate: Sendable {
  /// Samples that are read, augmented and normalised in a second.
  let samplesPerSecond: Double

  /// Seconds and batches that are measured at least.
  private static let duration = 0.5
  private static let batches = 4

  /// Measures rank zero's loader, as the other ranks wait; collective.
  ///
  /// - Throws: `DatasetError` or `MPIError`.
  init(_ parts: TrainingParts) throws {
    let own =
      parts.communication.rank == 0 ? try Self.rate(parts.configuration, parts.trainingSet) : 0
    samplesPerSecond = try parts.communication.perform { communicator in
      var words = [own]
      var span = words.mutableSpan
      try communicator.broadcast(&span, from: 0)
      return words[0]
    }
  }

  /// Samples a second of the training set with the configured augmentation and micro-batches.
  private static func rate(
    _ configuration: TrainingConfiguration, _ source: any SampleSource
  ) throws -> Double {
    let size = configuration.train.microBatchSize
    let loader = try BatchLoader(
      source: source, configuration.batchSettings(.training(seed: configuration.seed)))
    var order = EpochOrder(
      seed: configuration.seed, epoch: 0, count: source.count, repeats: configuration.repeats)
    var (position, epoch) = (0, 0)
    func request() {
      if position + size > source.count {
        (position, epoch) = (0, epoch + 1)
        order = EpochOrder(
          seed: configuration.seed, epoch: epoch, count: source.count,
          repeats: configuration.repeats)
      }
      loader.request(samples: order[position..<position + size], epoch: epoch)
      position += size
    }
    for _ in 0..<ahead { request() }
    var taken = 0
    let started = ContinuousClock.now
    while taken < batches || started.duration(to: .now).seconds < duration {
      _ = try loader.next()
      taken += 1
      request()
    }
    return Double(taken * size) / started.duration(to: .now).seconds
  }

  /// Requests that wait, so that the loader is never without one.
  private static let ahead = 8
}
