package import Datasets
import Imaging
import Model

/// The class of an image.
struct ImageClassification: TrainingTask {
  package let configuration: TrainingConfiguration

  /// The task of a configuration whose model takes images.
  init(_ configuration: TrainingConfiguration) { self.configuration = configuration }

  package var sample: String { "image" }
  package var bestMetric: BestMetric { .accuracy }
  package var countsPredictions: Bool { false }
  package var classCount: Int? { configuration.model.numClasses }
  package var hasUnigramBaseline: Bool { false }
  package var repeats: Int { configuration.augment.repeats }

  package static let keys =
    [
      "model.image_size", "model.channels", "model.patch_size", "model.num_classes", "data.labels",
      "data.exif_orientation", "data.mean", "data.std",
    ] + augmentationKeys

  package static let formats = DatasetFormat.ofImages

  /// All of the table: text has nothing of it.
  private static let augmentationKeys = TrainingConfiguration.settings.map(\.key)
    .filter { $0.hasPrefix("augment.") }

  package func metrics(loss: Double) -> [TaskMetric] { [] }

  package func validate() throws(ConfigurationError) {
    let (augment, channels) = (configuration.augment, configuration.model.channels)
    let changesPictures =
      augment.policy != "none" || augment.colorJitter > 0 || augment.randomResizedCrop
    guard changesPictures && ![1, 3].contains(channels) else { return }
    throw ConfigurationError(
      "model.channels = \(channels): augment.policy, augment.color_jitter and "
        + "augment.random_resized_crop are for 1 or 3 channels; leave them out")
  }

  package func open(_ split: DatasetSplit) throws -> any SampleSource {
    try configuration.requireData()
    let data = configuration.data
    let source = try openImages(
      format: data.format, files: data.files(of: split),
      labels: data.labels.isEmpty ? nil : data.labels, split: split, verifying: data.verify
    ).fitted(by: configuration.imageFit)
    try source.validate(
      imageShape: configuration.imageShape, classes: configuration.model.numClasses)
    return source
  }

  package func openBoth() throws -> (training: any SampleSource, test: any SampleSource) {
    let (training, test) = (try open(.train), try open(.test))
    try ClassList.requireEqual(
      training: training.classNames, test: test.classNames, testFiles: configuration.data.test)
    return (training, test)
  }

  package func synthetic(count: Int) -> any SampleSource {
    SyntheticImages(
      count: count, imageShape: configuration.imageShape,
      classCount: configuration.model.numClasses)
  }

  package var notes: [SettingNote] {
    let (model, augment) = (configuration.model, configuration.augment)
    var notes: [SettingNote] = []
    let side = model.imageSize.min() ?? 0
    if augment.cropPadding >= side {
      notes.append(
        SettingNote(
          finding: "augment.crop_padding = \(augment.cropPadding) with images of "
            + "\(model.imageSize[0]) × \(model.imageSize[1]): some crops show nothing of the image",
          cure: "use a few pixels, as in augment.crop_padding=\(max(1, side / 8))"))
    }
    notes += mixingNotes
    if model.numClasses == 1 {
      notes.append(
        SettingNote(
          finding:
            "model.num_classes = 1: all images are of one class, and there is nothing to learn",
          cure: "set it to the number of classes of the data"))
    }
    return notes
  }

  /// Settings of augmentation that have no effect beside others.
  private var mixingNotes: [SettingNote] {
    let (model, augment) = (configuration.model, configuration.augment)
    let usual = TrainingConfiguration().augment
    var unused: [(key: String, reason: String)] = []
    if augment.policy != "none" && augment.colorJitter > 0 {
      unused.append(("augment.color_jitter", "augment.policy has its own operations"))
    }
    if !augment.randomResizedCrop {
      for (key, isSet) in [
        ("augment.crop_scale", augment.cropScale != usual.cropScale),
        ("augment.crop_ratio", augment.cropRatio != usual.cropRatio),
      ] where isSet { unused.append((key, "augment.random_resized_crop is off")) }
    } else if augment.cropPadding > 0 {
      unused.append(("augment.crop_padding", "augment.random_resized_crop cuts out its own part"))
    }
    if augment.interpolation == .random && !augment.randomResizedCrop && augment.policy == "none" {
      unused.append(
        (
          "augment.interpolation = \"random\"",
          "without augment.random_resized_crop or a policy nothing is resized at random"
        ))
    }
    if augment.erasing == 0 && augment.erasingMode != usual.erasingMode {
      unused.append(("augment.erasing_mode", "augment.erasing is 0"))
    }
    if augment.mixup == 0 && augment.cutmix == 0 && augment.mixing != usual.mixing {
      unused.append(("augment.mixing", "augment.mixup and augment.cutmix are 0"))
    }
    var notes = unused.map {
      SettingNote(finding: "\($0.key) has no effect: \($0.reason)", cure: "leave it out")
    }
    if model.channels == 1 && (augment.colorJitter > 0 || augment.policy != "none") {
      notes.append(
        SettingNote(
          finding:
            "model.channels = 1: grey images have no colour to change; that operation leaves them as they are",
          cure: "nothing, if it is intended"))
    }
    if (augment.mixup > 0 || augment.cutmix > 0) && configuration.train.microBatchSize == 1 {
      notes.append(
        SettingNote(
          finding:
            "train.micro_batch_size = 1: images are mixed within a micro-batch, and none has a partner",
          cure: "make it even, as in train.micro_batch_size=16"))
    }
    return notes
  }
}

extension TrainingConfiguration {
  /// The size of the images that the model takes.
  package var imageShape: ImageShape {
    ImageShape(channels: model.channels, rows: model.imageSize[0], columns: model.imageSize[1])
  }

  /// How pictures of any size become such images where nothing is at random.
  package var imageFit: ImageFit {
    ImageFit(
      imageShape: imageShape,
      cropFraction: augment.cropFraction > 0
        ? augment.cropFraction : ImageFit.usualCropFraction(for: imageShape),
      interpolation: augment.interpolation.ofEvaluation,
      appliesOrientation: data.exifOrientation)
  }
}
