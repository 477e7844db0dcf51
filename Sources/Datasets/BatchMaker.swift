/// Makes the batch of a request: reads, augments and normalises its samples in order.
struct BatchMaker: Sendable {
  private let source: any SampleSource
  private let augmentation: Augmentation
  private let seed: UInt64
  private let storage: ImageStorage
  private let transform: PixelTransform

  init(
    source: any SampleSource, normalization: Normalization, augmentation: Augmentation,
    seed: UInt64, storage: ImageStorage
  ) {
    self.source = source
    self.augmentation = augmentation
    self.seed = seed
    self.storage = storage
    transform = PixelTransform(imageShape: source.imageShape, normalization: normalization)
  }

  func makeBatch(_ request: BatchRequest) -> Result<Batch, DatasetError> {
    let size = source.imageShape.count
    var images = storage.take(count: request.samples.count * size)
    var pixels = [UInt8](repeating: 0, count: size)
    for (position, sample) in request.samples.enumerated() {
      do throws(DatasetError) {
        var span = pixels.mutableSpan
        try source.copyPixels(of: sample, into: &span)
      } catch {
        return .failure(error)
      }
      var values = images.mutableSpan
      transform.apply(
        augmentation.placement(seed: seed, epoch: request.epoch, sample: sample),
        to: pixels.span, into: &values, at: position * size)
    }
    let labels = request.samples.map { source.label(of: $0) }
    return .success(
      Batch(images: images, labels: labels, samples: request.samples, storage: storage))
  }
}
