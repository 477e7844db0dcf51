/// Makes batches of images: reads, augments and normalises them in order.
struct ImageBatchMaker: BatchMaker {
  private let source: any ImageSource
  private let augmentation: Augmentation
  private let seed: UInt64
  private let storage = ImageStorage(limit: 4)
  private let transform: PixelTransform

  init(_ source: any ImageSource, _ settings: BatchSettings) {
    self.source = source
    switch settings.use {
    case .training(let seed): (augmentation, self.seed) = (settings.augmentation, seed)
    case .evaluation: (augmentation, seed) = (Augmentation(), 0)
    }
    transform = PixelTransform(
      imageShape: source.imageShape, normalization: settings.normalization)
  }

  func makeBatch(of samples: [Int], epoch: Int) throws(DatasetError) -> Batch {
    let size = source.imageShape.count
    var images = storage.take(count: samples.count * size)
    var pixels = [UInt8](repeating: 0, count: size)
    for (position, sample) in samples.enumerated() {
      var span = pixels.mutableSpan
      try source.copyPixels(of: sample, into: &span)
      var values = images.mutableSpan
      transform.apply(
        augmentation.placement(seed: seed, epoch: epoch, sample: sample),
        to: pixels.span, into: &values, at: position * size)
    }
    return Batch(
      .images(images), labels: samples.map { source.label(of: $0) }, samples: samples,
      storage: storage)
  }
}
