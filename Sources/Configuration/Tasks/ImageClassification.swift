package import Datasets
import Model

/// The class of an image.
struct ImageClassification: TrainingTask {
  private let configuration: TrainingConfiguration

  /// The task of a configuration whose model takes images.
  init(_ configuration: TrainingConfiguration) { self.configuration = configuration }

  package var sample: String { "image" }
  package var bestMetric: BestMetric { .accuracy }
  package var countsPredictions: Bool { false }
  package var hasUnigramBaseline: Bool { false }

  package static let keys = [
    "model.image_size", "model.channels", "model.patch_size", "model.num_classes", "data.labels",
    "data.mean", "data.std", "augment.crop_padding", "augment.horizontal_flip",
    "augment.crop_fraction", "augment.interpolation",
  ]

  package func metrics(loss: Double) -> [TaskMetric] { [] }

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
    if model.numClasses == 1 {
      notes.append(
        SettingNote(
          finding:
            "model.num_classes = 1: all images are of one class, and there is nothing to learn",
          cure: "set it to the number of classes of the data"))
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
      interpolation: augment.interpolation)
  }
}
