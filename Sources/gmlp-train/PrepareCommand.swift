import ArgumentParser

/// `gmlp-train prepare`: data in our own shards.
struct PrepareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare",
    abstract: "Pack a data set into memory-mapped shards, which may be larger than memory.",
    discussion: """
      gmlp-train prepare images --format folder --input pets/train --output train
      gmlp-train prepare --format idx --input images.gz labels.gz --output train
      gmlp-train prepare text --input *.txt --vocabulary-size 32000 --output train

      Each call makes one set in one folder, which appears when it is complete.
      """,
    subcommands: [PrepareImagesCommand.self, PrepareTextCommand.self],
    defaultSubcommand: PrepareImagesCommand.self)
}
