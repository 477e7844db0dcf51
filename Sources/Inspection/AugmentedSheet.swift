package import Batches
package import Configuration
import Datasets
import Files
import Foundation
package import Imaging
import Model
import Platform
import Train

/// Pictures as training sees them in its first steps, side by side, with their labels below.
package struct AugmentedSheet {
  /// One picture of the sheet.
  package struct Entry: Sendable, Equatable {
    /// The number of the sample in the training set.
    package let sample: Int
    /// Its class.
    package let label: Int
    /// What it is mixed with, if anything.
    package let partner: Batch.Partner?

    /// As in `3` and `3+30%7`.
    var text: String {
      guard let partner else { return "\(label)" }
      return "\(label)+\(Int((100 * partner.share).rounded()))%\(partner.label)"
    }
  }

  /// The pictures, row after row.
  package let entries: [Entry]

  /// The names of the classes, where the data have them.
  package let classNames: [String]?

  /// The sheet itself.
  package let image: RasterImage

  /// Augments the first `count` samples of the first epoch.
  ///
  /// - Throws: ``ConfigurationError`` or `DatasetError`; ``CommandError`` if the configuration is one of text.
  package init(_ configuration: TrainingConfiguration, count: Int) throws {
    precondition(count > 0, "a sheet of \(count) pictures")
    guard configuration.model.tokenGrid != nil else {
      throw CommandError(
        "--augmented: is for images; this configuration is one of text", exitCode: .usage)
    }
    let source = try configuration.task.open(.train)
    let maker = source.batchMaker(
      configuration.batchSettings(.training(seed: configuration.seed)))
    let order = EpochOrder(
      seed: configuration.seed, epoch: 0, count: source.count, repeats: configuration.repeats)
    let size = configuration.train.microBatchSize
    var (entries, pictures): ([Entry], [RasterImage]) = ([], [])
    var number = 0
    while entries.count < min(count, source.count) {
      let first = number * size
      let visits = order[first..<min(first + size, order.count)]
      let batch = try maker.makeBatch(
        BatchRequest(
          samples: visits, epoch: 0, step: number / configuration.microBatches + 1,
          microBatch: number % configuration.microBatches))
      let partners = batch.partners
      pictures += Self.pictures(of: batch, configuration)
      entries += batch.labels.indices.map { index in
        Entry(
          sample: visits[index] / configuration.repeats, label: Int(batch.labels[index]),
          partner: partners.isEmpty || partners[index].share == 0 ? nil : partners[index])
      }
      number += 1
    }
    self.entries = Array(entries.prefix(count))
    classNames = source.classNames
    image =
      ContactSheet(
        zip(pictures, self.entries).map { ($0, $1.text) }
      ).image
  }

  /// Writes the sheet as a PNG file.
  ///
  /// - Throws: ``CommandError`` with the system's reason if the file cannot be written.
  package func write(to path: String) throws {
    let bytes = try PNGEncoder.encode(image, at: FileLocation(path))
    do {
      try Data(bytes).write(to: URL(filePath: path))
    } catch {
      throw CommandError(
        "\(path): cannot be written: \(error.reason); choose another --output",
        exitCode: .inputOutput)
    }
  }

  /// A line for each picture: where it is, which sample it shows, and its classes by name where they have one.
  package var lines: [String] {
    let columns = ContactSheet.columns(of: entries.count)
    func name(_ label: Int) -> String {
      classNames.flatMap { $0.indices.contains(label) ? "\(label) (\($0[label]))" : nil }
        ?? "\(label)"
    }
    return entries.enumerated().map { index, entry in
      var line =
        "row \(index / columns + 1), column \(index % columns + 1): sample \(entry.sample), class "
        + name(entry.label)
      if let partner = entry.partner {
        line +=
          ", mixed with \(Int((100 * partner.share).rounded())) % of class \(name(Int(partner.label)))"
      }
      return line
    }
  }

  /// What the numbers of a batch look like.
  static func pictures(of batch: Batch, _ configuration: TrainingConfiguration)
    -> [RasterImage]
  {
    guard case .images(let values) = batch.content else { return [] }
    let shape = configuration.imageShape
    let normalization = configuration.normalization
    let places = shape.rows * shape.columns
    // Two or many channels are shown by the first.
    let channels = shape.channels == 3 ? 3 : 1
    return batch.labels.indices.map { image in
      var bytes = [UInt8](repeating: 0, count: places * channels)
      for channel in 0..<channels {
        let (mean, std) = (normalization.mean[channel], normalization.std[channel])
        let start = image * shape.count + channel * places
        for place in 0..<places {
          let value = 255 * (values[start + place] * std + mean)
          bytes[place * channels + channel] = UInt8(min(max(value.rounded(), 0), 255))
        }
      }
      return RasterImage(
        rows: shape.rows, columns: shape.columns, channels: channels, bytes: bytes)
    }
  }
}
