import Batches
import Testing

@testable import Datasets

@Suite("Batch loader", .timeLimit(.minutes(60)))
struct BatchLoaderTests {
  private let source = MemorySource(
    count: 50, imageShape: ImageShape(channels: 2, rows: 3, columns: 5))
  private let normalization = Normalization(mean: [0.1, 0.2], std: [0.3, 0.4])
  private let augmentation = Augmentation(cropPadding: 1, horizontalFlip: true)

  private var settings: BatchSettings {
    var settings = BatchSettings(.training(seed: 9))
    (settings.normalization, settings.augmentation) = (normalization, augmentation)
    return settings
  }

  /// A batch computed here and now.
  private func expectedImages(_ samples: [Int], epoch: Int) -> [Float] {
    let transform = PixelTransform(imageShape: source.imageShape, normalization: normalization)
    return samples.flatMap { sample in
      var values = [Float](repeating: 0, count: source.imageShape.count)
      var span = values.mutableSpan
      transform.apply(
        augmentation.placement(seed: 9, epoch: epoch, sample: sample),
        to: source.pixels(of: sample).span, .planar, into: &span, at: 0)
      return values
    }
  }

  private func images(_ batch: Batch) -> [Float] {
    guard case .images(let images) = batch.content else { return [] }
    return images
  }

  private func makeLoader(_ source: MemorySource, depth: Int = 2) throws -> BatchLoader {
    try BatchLoader(source: source, settings, depth: depth)
  }

  @Test(
    "Batches come in the order of the requests and equal a direct computation", arguments: 1...3)
  func order(depth: Int) throws {
    let loader = try makeLoader(source, depth: depth)
    // Sizes that grow and shrink, so that reused storage is cut and lengthened.
    let requests = (0..<20).map { number in
      (0...(number * 7 % 5)).map { (number * 11 + $0 * 3) % 50 }
    }
    for (number, samples) in requests.enumerated() {
      loader.request(samples: samples, epoch: number / 10)
    }
    for (number, samples) in requests.enumerated() {
      let batch = try loader.next()
      #expect(batch.samples == samples)
      #expect(batch.labels == samples.map { source.label(of: $0) })
      #expect(images(batch) == expectedImages(samples, epoch: number / 10))
    }
  }

  @Test("A batch that is held stays as it is while others are made")
  func heldBatch() throws {
    let loader = try makeLoader(source)
    loader.request(samples: [1, 2], epoch: 0)
    let held = try loader.next()
    for number in 0..<10 {
      loader.request(samples: [number, number + 1], epoch: 0)
      _ = try loader.next()
    }
    #expect(images(held) == expectedImages([1, 2], epoch: 0))
  }

  @Test("An empty batch is a batch")
  func empty() throws {
    let loader = try makeLoader(source)
    loader.request(samples: [], epoch: 0)
    #expect(images(try loader.next()).isEmpty)
  }

  @Test("An error comes out at its own request and the others are unaffected")
  func errors() throws {
    var bad = source
    bad.badSamples = [13]
    let loader = try makeLoader(bad)
    for sample in 10..<16 { loader.request(samples: [sample], epoch: 0) }
    for sample in 10..<16 {
      if sample == 13 {
        expectError(.inputOutput, "memory", offset: 13) { _ = try loader.next() }
      } else {
        #expect(try loader.next().samples == [sample])
      }
    }
  }

  @Test(
    "A loader ends its thread, whether it works, waits or was asked nothing",
    arguments: [0, 1, 40])
  func shutdown(requests: Int) throws {
    for _ in 0..<20 {
      weak var held: HeldSource?
      do {
        let source = HeldSource()
        held = source
        let loader = try BatchLoader(source: source, BatchSettings(.evaluation))
        for number in 0..<requests { loader.request(samples: [number % source.count], epoch: 0) }
      }
      // The thread holds the source as long as it runs.
      #expect(held == nil)
    }
  }

  @Test("A batch outlives its loader")
  func outlivingBatch() throws {
    var loader: BatchLoader? = try makeLoader(source)
    loader?.request(samples: [3], epoch: 0)
    let batch = try loader?.next()
    loader = nil
    #expect(batch.map(images) == expectedImages([3], epoch: 0))
  }

  @Test("Storage comes back when a batch is dropped, and only then")
  func storageIsReused() {
    let storage = ImageStorage(limit: 2)
    var batch: Batch? = Batch(
      .images([7, 7, 7]), labels: [0], samples: [0], recycling: { storage.give($0) })
    // What is in reused storage tells it from fresh storage, which is zero.
    #expect(storage.take(count: 3) == [0, 0, 0])
    #expect(batch.map(images) == [7, 7, 7])
    batch = nil
    #expect(storage.take(count: 4) == [7, 7, 7, 0])
    #expect(storage.take(count: 3) == [0, 0, 0])
    storage.give([5, 5, 5])
    #expect(storage.take(count: 2) == [5, 5])
  }
}
