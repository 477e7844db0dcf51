public import ArgumentParser
public import Datasets
import Files
import Foundation
import Inspection
import Train

/// `gmlp-train prepare images`, or `prepare` alone: images in our own shards.
struct PrepareImagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract: "Pack images into shards (the default).",
    discussion: """
      gmlp-train prepare --format idx --input images.gz labels.gz --output train
      gmlp-train prepare --format cifar10 --input data_batch_*.bin --output train
      gmlp-train prepare --format digits --split test --output test

      Each call makes one set in one folder. Train from it with

          [data]
          format = "shards"
          train = ["train"]
          test = ["test"]

      The printed digest equals that of the source, so a run may change from one to the other \
      and keeps its bits. What was written is read back and compared.
      """)

  @Option(help: "How the input is written: idx, cifar10, digits (built in), or shards to repack.")
  var format: DatasetFormat

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "Files of the set; for idx, the images and then the labels.", valueName: "files"),
    completion: .file())
  var input: [String] = []

  @Option(
    help: ArgumentHelp("The folder to make, for this set alone.", valueName: "folder"),
    completion: .directory)
  var output: String

  @Option(help: "Which part of the digits: train or test.")
  var split = DatasetSplit.train

  @Option(help: "Maximum size of a shard, in megabytes.")
  var shardMb = 1_000

  @Flag(help: "Replace the shards in the folder.")
  var force = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    if shardMb < 1 { throw ValidationError("--shard-mb \(shardMb): must be at least 1") }
    switch (format, input.count) {
    case (.text, _):
      throw ValidationError(
        "--format text: text has a subcommand of its own, gmlp-train prepare text")
    case (.idx, 0...1), (.idx, 3...):
      throw ValidationError(
        "--input has \(input.count) files: idx takes two, images and labels")
    case (.cifar10, 0), (.shards, 0):
      throw ValidationError("--input is missing: \(format.rawValue) takes at least one file")
    case (.digits, 1...):
      throw ValidationError("--input does not go with digits, which are built in")
    default: break
    }
  }

  func run() throws {
    SingleProcess.run {
      let output = Output(json: json)
      let source = try openImages(format: format, files: input, split: split)
      output.say(
        "\(Numbers.grouped(source.count)) samples of \(source.imageShape), "
          + "\(source.classCount) classes")
      let progress = ProgressLine(total: source.count, output)
      let shards = try ShardedCopy(
        of: source, in: self.output, maximumShardBytes: shardMb * 1_000_000, replacing: force,
        unlocked: { StandardError.write(unlockedText(folder: $0, reason: $1)) },
        progress: progress.show)
      try output.give(shards, shards.text)
    }
  }
}

extension DatasetFormat: ExpressibleByArgument {
  /// Text has a subcommand of its own, of which ``PrepareImagesCommand/validate()`` tells.
  public static var allValueStrings: [String] {
    allCases.filter { $0 != .text }.map(\.rawValue)
  }
}

extension ShardedCopy {
  fileprivate var text: String {
    """
    \(Numbers.grouped(samples)) samples in \(shards.count) \
    \(shards.count == 1 ? "shard" : "shards"), \
    \(Numbers.megabytes(bytes)): \(path)
    dataset sha256 \(datasetSha256)
    """
  }
}

/// `gmlp-train prepare`: data in our own shards.
struct PrepareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare",
    abstract: "Pack a data set into memory-mapped shards, which may be larger than memory.",
    discussion: """
      gmlp-train prepare --format idx --input images.gz labels.gz --output train
      gmlp-train prepare text --input *.txt --vocabulary-size 32000 --output train

      Each call makes one set in one folder, which appears when it is complete.
      """,
    subcommands: [PrepareImagesCommand.self, PrepareTextCommand.self],
    defaultSubcommand: PrepareImagesCommand.self)
}
