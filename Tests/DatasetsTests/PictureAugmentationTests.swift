import Batches
import Testing

@testable import Datasets
@testable import Imaging

@Suite("Augmentation of pictures")
struct PictureAugmentationTests {
  private let source = MemorySource(
    count: 40, imageShape: ImageShape(channels: 3, rows: 9, columns: 12))
  private let normalization = Normalization(mean: [0.5, 0.4, 0.3], std: [0.5, 0.25, 0.2])

  private func maker(_ augmentation: Augmentation, seed: UInt64 = 9) -> any BatchMaker {
    var settings = BatchSettings(.training(seed: seed))
    (settings.normalization, settings.augmentation) = (normalization, augmentation)
    return source.batchMaker(settings)
  }

  private func images(_ batch: Batch) -> [Float] {
    guard case .images(let images) = batch.content else { return [] }
    return images
  }

  private var everything: Augmentation {
    var augmentation = Augmentation(horizontalFlip: true)
    augmentation.randomResizedCrop = true
    augmentation.policy = "rand-m9-mstd0.5-inc1"
    (augmentation.erasing, augmentation.erasingMode) = (0.5, .pixel)
    (augmentation.mixup, augmentation.cutmix, augmentation.mixing) = (0.8, 1, .elem)
    augmentation.repeats = 2
    return augmentation
  }

  @Test("A policy that does nothing gives the numbers of the path of bytes")
  func pathsAgree() throws {
    var idle = Augmentation()
    idle.policy = "rand-p0"
    let request = BatchRequest(samples: [3, 0, 39, 17], epoch: 2)
    let batch = try maker(idle).makeBatch(request)
    #expect(images(batch) == images(try maker(Augmentation()).makeBatch(request)))
    #expect(batch.labels == request.samples.map { source.label(of: $0) })
    #expect(batch.partners.isEmpty)
  }

  @Test("Each picture is what its plan makes of it, normalised")
  func plans() throws {
    var augmentation = Augmentation(horizontalFlip: true)
    augmentation.randomResizedCrop = true
    augmentation.colorJitter = 0.4
    let transform = try #require(augmentation.transform(source.imageShape, normalization))
    #expect(transform.fill == [128, 102, 76])
    let batch = try maker(augmentation).makeBatch(BatchRequest(samples: [5, 6], epoch: 3))
    for (position, sample) in [5, 6].enumerated() {
      let plan = transform.plan(rows: 9, columns: 12, seed: 9, time: 3, sample: sample)
      #expect(plan.operations.count == 3)
      let picture = transform.apply(plan, to: try source.picture(of: sample))
      for channel in 0..<3 {
        for place in 0..<108 {
          let unit = Float(picture.bytes[3 * place + channel]) / 255
          let expected = (unit - normalization.mean[channel]) / normalization.std[channel]
          #expect(images(batch)[(3 * position + channel) * 108 + place] == expected)
        }
      }
    }
  }

  @Test("A batch is a function of its request; epoch, copy, step and micro-batch all matter")
  func requests() throws {
    let request = BatchRequest(samples: [12, 13, 40, 7, 6], epoch: 1, step: 4, microBatch: 2)
    let batch = try maker(everything).makeBatch(request)
    #expect(images(try maker(everything).makeBatch(request)) == images(batch))
    #expect(batch.partners == (try maker(everything).makeBatch(request)).partners)
    for change in [
      { $0.epoch = 2 }, { $0.step = 5 }, { $0.microBatch = 3 }, { $0.samples[0] = 14 },
    ] as [(inout BatchRequest) -> Void] {
      var other = request
      change(&other)
      #expect(images(try maker(everything).makeBatch(other)) != images(batch))
    }
    #expect(images(try maker(everything, seed: 8).makeBatch(request)) != images(batch))
  }

  @Test("Copies of one image are of one class and look different")
  func copies() throws {
    var augmentation = everything
    (augmentation.mixup, augmentation.cutmix) = (0, 0)
    let batch = try maker(augmentation).makeBatch(BatchRequest(samples: [12, 13], epoch: 0))
    #expect(batch.labels == [source.label(of: 6), source.label(of: 6)])
    #expect(batch.samples == [12, 13])
    let size = source.imageShape.count
    #expect(images(batch).prefix(size) != images(batch).suffix(size))
    // No two epochs share a key with another copy.
    let times = (0..<4).flatMap { epoch in
      (0..<2).map { augmentation.visit(12 + $0, epoch: epoch).time }
    }
    #expect(times == Array(0..<8))
  }

  @Test("Partners are those of the other end, and a middle one has none")
  func partners() throws {
    var augmentation = Augmentation()
    (augmentation.mixup, augmentation.mixing) = (1, .pair)
    let samples = [4, 8, 15, 16, 23]
    let batch = try maker(augmentation).makeBatch(BatchRequest(samples: samples, epoch: 0))
    let plain = images(
      try maker(Augmentation()).makeBatch(BatchRequest(samples: samples, epoch: 0)))
    let size = source.imageShape.count
    #expect(batch.partners.map(\.label) == samples.reversed().map { source.label(of: $0) })
    #expect(batch.partners[2].share == 0)
    for index in samples.indices {
      let share = Float(batch.partners[index].share)
      for place in 0..<size {
        let (own, other) = (plain[index * size + place], plain[(4 - index) * size + place])
        let expected = index == 2 ? own : own * (1 - share) + other * share
        #expect(images(batch)[index * size + place] == expected)
      }
    }
  }

  @Test("Evaluation changes nothing")
  func evaluation() throws {
    var settings = BatchSettings(.evaluation)
    (settings.normalization, settings.augmentation) = (normalization, everything)
    let request = BatchRequest(samples: [1, 2, 3], epoch: 0)
    let batch = try source.batchMaker(settings).makeBatch(request)
    #expect(images(batch) == images(try maker(Augmentation()).makeBatch(request)))
    #expect(batch.labels == request.samples.map { source.label(of: $0) })
  }
}
