public import ArgumentParser
import Comm
import Configuration
public import Datasets
import Files
import Foundation
import Inspection
import Supervision
import Train

/// `gmlp-train prepare images`, or `prepare` alone: images in our own shards.
struct PrepareImagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract: "Pack images into shards (the default).",
    discussion: """
      gmlp-train prepare images --format folder --input pets/train --output train
      gmlp-train prepare images --format tar --input ILSVRC2012_img_train.tar --output train
      gmlp-train prepare --format idx --input images.gz labels.gz --output train
      gmlp-train prepare --format cifar10 --input data_batch_*.bin --output train
      gmlp-train prepare --format digits --split test --output test

      Each call makes one set in one folder. Train from it with

          [data]
          format = "shards"
          train = ["train"]
          test = ["test"]

      Pictures (folder, tar, and shards of them) are stored as they are: JPEG, PNG or WebP, each decoded \
      once as a check. --resize shrinks large ones and re-encodes them as JPEG at quality 95. \
      --decode stores pixels of one size, resized and cropped as in evaluation. The command reports what \
      it found: colours that are converted, EXIF orientations, and wrong file names.

      Started again after a kill or an error, it keeps the complete shards as long as their pictures \
      and the options are the same.

      The printed digest equals that of the source, so a run can switch between the two with the same bits. \
      --resize, --decode and --skip-unreadable change it. Everything written is read back and compared.
      """)

  @Option(
    help: """
      The format of the input: folder, tar, idx, cifar10, cifar100, digits (built in), or shards to \
      repack.
      """)
  var format: DatasetFormat

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "Files of the set; for idx, the images and then the labels; for folder, the folder of the class "
        + "folders.", valueName: "files"),
    completion: .file())
  var input: [String] = []

  @Option(
    help: ArgumentHelp("The folder to make, for this set only.", valueName: "folder"),
    completion: .directory)
  var output: String

  @Option(
    help: ArgumentHelp(
      "Classes of pictures that are in no class folder: name, comma, class.", valueName: "file"),
    completion: .file())
  var labels: String?

  @Option(help: "Which part of the built-in digits to pack: train or test.")
  var split = DatasetSplit.train

  @OptionGroup var pictures: PictureOptions

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
        "--input has \(counted(input.count, "file")): idx takes two, images and labels")
    case (.folder, 2...):
      throw ValidationError(
        "--input has \(input.count) folders: folder takes one, which holds the class folders")
    case (.cifar10, 0), (.cifar100, 0), (.shards, 0), (.folder, 0), (.tar, 0):
      throw ValidationError("--input is missing: \(format.rawValue) takes at least one file")
    case (.digits, 1...):
      throw ValidationError("--input does not go with digits, which are built in")
    default: break
    }
    if labels != nil && format != .folder && format != .tar {
      throw ValidationError("--labels: goes with --format folder or tar")
    }
  }

  func run() throws {
    SingleProcess.run {
      let output = Output(json: json)
      let set = try openImages(
        format: format, files: input, labels: labels, split: split, identifying: false)
      switch set {
      case .pixels(let source):
        try pictures.requireNone(for: format)
        try pack(source, output)
      case .pictures(let source):
        source.remarks.forEach(StandardError.write)
        if let fit = try pictures.fit() {
          try decode(FittedImages(source, fit: fit), output)
        } else {
          try pack(source, output)
        }
      }
    }
  }

  /// What a signal leaves of a set made of pictures, and of one made of pixels.
  private static let fullShards = "the same command continues after the last full shard"
  private static let nothing = "what was written so far is removed"

  /// Pictures that are decoded at once.
  private static var threads: Int { ProcessorSet.ofThisThread()?.count ?? 1 }

  private func sayContent(of source: any ImageSource, _ output: Output) {
    output.say(
      "\(Numbers.counted(source.count, "sample")) of \(source.imageShape), "
        + Numbers.counted(source.classCount, "class", "classes"))
  }

  private func sayResuming(after shards: Int, _ output: Output) {
    output.say("resuming after shard \(shards - 1)")
  }

  /// Shows how far it is, and gives up if a signal has come.
  private func show(
    _ done: Int, of total: Int, _ progress: ProgressLine, leaving consequence: String
  ) throws {
    if done < total {
      try Interruption.check(consequence)
    } else {
      try Interruption.stopListening(consequence)
    }
    progress.show(done)
  }

  private func pack(_ source: any ImageSource, _ output: Output) throws {
    sayContent(of: source, output)
    let progress = ProgressLine(total: source.count, output)
    Interruption.listen()
    let shards = try ShardedCopy(
      of: source, in: self.output, maximumShardBytes: shardMb * 1_000_000,
      replacing: force, unlocked: { StandardError.write(unlockedText(folder: $0, reason: $1)) },
      progress: { try show($0, of: source.count, progress, leaving: Self.nothing) })
    try output.give(shards, shards.text)
  }

  private func decode(_ images: FittedImages, _ output: Output) throws {
    sayContent(of: images, output)
    let progress = ProgressLine(total: images.count, output)
    Interruption.listen()
    let shards = try ShardedCopy(
      PixelPreparation(images, threads: Self.threads), in: self.output,
      maximumShardBytes: shardMb * 1_000_000, replacing: force,
      unlocked: { StandardError.write(unlockedText(folder: $0, reason: $1)) },
      resuming: { sayResuming(after: $0, output) },
      progress: { try show($0, of: images.count, progress, leaving: Self.fullShards) })
    try output.give(shards, shards.text)
  }

  private func pack(_ source: any EncodedImageSource, _ output: Output) throws {
    output.say(
      "\(Numbers.counted(source.count, "picture")), "
        + Numbers.counted(source.classCount, "class", "classes"))
    let progress = ProgressLine(total: source.count, output)
    Interruption.listen()
    let preparation = PicturePreparation(
      source, shortSide: pictures.resize, skipsUnreadable: pictures.skipUnreadable,
      threads: Self.threads)
    let set = try PreparedPictures(
      preparation, in: self.output,
      maximumShardBytes: shardMb * 1_000_000, replacing: force,
      unlocked: { StandardError.write(unlockedText(folder: $0, reason: $1)) },
      resuming: { sayResuming(after: $0, output) },
      progress: { try show($0, of: source.count, progress, leaving: Self.fullShards) })
    set.met.skipped.forEach { StandardError.write("left out: \($0.file): \($0.reason)") }
    try output.give(set, set.text)
  }
}

extension DatasetFormat: ExpressibleByArgument {
  /// Text has its own subcommand, which ``PrepareImagesCommand/validate()`` points out.
  public static var allValueStrings: [String] {
    ofImages.map(\.rawValue)
  }
}

extension ShardedCopy {
  fileprivate var text: String {
    """
    \(Numbers.counted(samples, "sample")) in \(counted(shards.count, "shard")), \
    \(Numbers.megabytes(bytes)): \(printable(path))
    dataset sha256 \(datasetSha256)
    """
  }
}

extension PreparedPictures {
  fileprivate var text: String {
    """
    \(Numbers.counted(samples, "picture")) in \(counted(shards.count, "shard")), \
    \(Numbers.megabytes(bytes)): \(printable(path))
    \(met.text)
    dataset sha256 \(datasetSha256)
    """
  }
}

extension PictureCensus {
  fileprivate var text: String {
    let formats = [(jpeg, "JPEG"), (png, "PNG"), (webp, "WebP")].filter { $0.0 > 0 }
      .map { "\(Numbers.grouped($0.0)) \($0.1)" }.joined(separator: ", ")
    let met = [
      (grey, "grey"), (palette, "with a palette"), (cmyk, "in CMYK, converted"),
      (transparent, "with transparency, which is dropped"),
      (sixteenBit, "of 16 bits, of which 8 count"),
      (turnedByExif, "that EXIF would turn; data.exif_orientation = true does so"),
      (misnamed, "whose name has the extension of another format"),
      (resized, "shrunk and re-encoded as JPEG at quality 95"),
      (skipped.count, "left out"),
    ].filter { $0.0 > 0 }.map { "  \(Numbers.grouped($0.0)) \($0.1)" }
    return (["\(formats), sides of \(shortestSide) to \(longestSide) pixels"] + met)
      .joined(separator: "\n")
  }
}

/// `gmlp-train prepare`: data in our own shards.
struct PrepareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare",
    abstract: "Pack a data set into memory-mapped shards; the set may be larger than memory.",
    discussion: """
      gmlp-train prepare images --format folder --input pets/train --output train
      gmlp-train prepare --format idx --input images.gz labels.gz --output train
      gmlp-train prepare text --input *.txt --vocabulary-size 32000 --output train
      gmlp-train prepare classification --train train.tsv --text sentence \\
          --weights runs/mlm --output sst2
      gmlp-train prepare spans --train squad.json --weights runs/mlm --output squad

      Each call makes one folder, which appears when it is complete: a set, or of labelled text all sets.
      """,
    subcommands: [
      PrepareImagesCommand.self, PrepareTextCommand.self, PrepareClassificationCommand.self,
      PrepareSpansCommand.self,
    ],
    defaultSubcommand: PrepareImagesCommand.self)
}
