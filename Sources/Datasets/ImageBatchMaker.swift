import Batches
import Imaging
import Randomness

/// Makes batches of images: reads, augments, normalises and mixes them in order.
struct ImageBatchMaker: BatchMaker {
  private let source: any ImageSource
  private let augmentation: Augmentation
  private let seed: UInt64
  private let storage = ImageStorage(limit: 4)
  private let pixels: PixelTransform

  /// What is done to pictures before they are numbers; nil where ``pixels`` does all.
  private let pictures: TrainingTransform?
  private let erasing: RandomErasing?
  private let mixing: Mixing?

  init(_ source: any ImageSource, _ settings: BatchSettings) {
    self.source = source
    switch settings.use {
    case .training(let seed): (augmentation, self.seed) = (settings.augmentation, seed)
    case .evaluation: (augmentation, seed) = (Augmentation(), 0)
    }
    pixels = PixelTransform(imageShape: source.imageShape, normalization: settings.normalization)
    pictures = augmentation.transform(source.imageShape, settings.normalization)
    erasing = augmentation.randomErasing
    mixing = augmentation.batchMixing
  }

  func makeBatch(_ request: BatchRequest) throws(DatasetError) -> Batch {
    let shape = source.imageShape
    let visits = request.samples.map { augmentation.visit($0, epoch: request.epoch) }
    var images = storage.take(count: visits.count * shape.count)
    var values = images.mutableSpan
    var room = [UInt8](repeating: 0, count: shape.count)
    for (position, visit) in visits.enumerated() {
      let start = position * shape.count
      if let pictures {
        try write(pictures, visit, into: &values, at: start)
      } else {
        try write(visit, by: &room, into: &values, at: start)
      }
      erase(visit, &values, at: start)
    }
    let labels = visits.map { source.label(of: $0.sample) }
    var partners: [Batch.Partner] = []
    if let mixing {
      let key = RandomKey(
        seed: seed, purpose: .mixing, time: request.step, sample: request.microBatch)
      let plan = mixing.plan(
        count: visits.count, rows: shape.rows, columns: shape.columns, key: key)
      plan.apply(to: &values, channels: shape.channels)
      partners = zip(plan.partnerLabels(labels), plan.shares).map {
        Batch.Partner(label: $0, share: 1 - Double($1))
      }
    }
    return Batch(
      .images(images), labels: labels, partners: partners, samples: request.samples,
      recycling: { [storage] in storage.give($0) })
  }

  /// Writes an image that is moved and mirrored at most.
  private func write(
    _ visit: Augmentation.Visit, by room: inout [UInt8], into values: inout MutableSpan<Float>,
    at start: Int
  ) throws(DatasetError) {
    let placement = augmentation.placement(seed: seed, epoch: visit.time, sample: visit.sample)
    try source.withPixels(of: visit.sample, copiedInto: &room) { bytes, order in
      pixels.apply(placement, to: bytes, order, into: &values, at: start)
    }
  }

  /// Writes an image that is made from a picture.
  private func write(
    _ transform: TrainingTransform, _ visit: Augmentation.Visit,
    into values: inout MutableSpan<Float>, at start: Int
  ) throws(DatasetError) {
    let picture =
      augmentation.randomResizedCrop
      ? try source.picture(of: visit.sample) : try source.fittedPicture(of: visit.sample)
    let plan = transform.plan(
      rows: picture.rows, columns: picture.columns, seed: seed, time: visit.time,
      sample: visit.sample)
    pixels.apply(
      Augmentation.Placement(), to: transform.apply(plan, to: picture).bytes.span, .interleaved,
      into: &values, at: start)
  }

  private func erase(
    _ visit: Augmentation.Visit, _ values: inout MutableSpan<Float>, at start: Int
  ) {
    func key(_ purpose: RandomPurpose) -> RandomKey {
      RandomKey(seed: seed, purpose: purpose, time: visit.time, sample: visit.sample)
    }
    let shape = source.imageShape
    guard let erasing,
      let part = erasing.plan(rows: shape.rows, columns: shape.columns, key: key(.erasing))
    else { return }
    erasing.erase(
      part, of: &values, at: start, channels: shape.channels, rows: shape.rows,
      columns: shape.columns, key: key(.erasedPixels))
  }
}
