import ArgumentParser
import Configuration
import Foundation
import Inspection
import Train

/// The options that choose trained weights.
struct WeightsOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Use the best weights of this run directory. (default: runs/<configuration name>)",
      valueName: "folder"),
    completion: .directory)
  var runDir: String?

  @Option(
    help: ArgumentHelp(
      "Use this checkpoint, as in runs/digits/checkpoints/best.", valueName: "folder"),
    completion: .directory)
  var checkpoint: String?

  @Option(
    help: ArgumentHelp(
      """
      Use this .safetensors file, or this folder of a Hugging Face model, with the model that \
      --config describes.
      """,
      valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var weights: String?

  @Flag(
    help: "Use averaged weights: those of the checkpoint, or the best of the run.")
  var ema = false

  @Flag(help: "Ignore tensors of --weights that the model does not have.")
  var partial = false

  @OptionGroup var configuration: ConfigurationOptions

  func validate() throws {
    let given = [("--run-dir", runDir), ("--checkpoint", checkpoint), ("--weights", weights)]
      .filter { $0.1 != nil }.map(\.0)
    if given.count > 1 {
      throw ValidationError("\(given.joined(separator: " and ")): give only one of them")
    }
    if let first = given.first, first != "--weights", configuration.config != nil {
      throw ValidationError(
        "--config does not go with \(first): a checkpoint has its configuration inside; change "
          + "keys of it with --set")
    }
    if partial && weights == nil {
      throw ValidationError("--partial needs --weights")
    }
    if ema && weights != nil {
      throw ValidationError("--ema does not go with --weights: give the file of the average itself")
    }
  }

  /// Where the weights are to be found.
  ///
  /// - Parameter overrides: assignments implied by other options.
  /// - Returns: the choice; nothing was read but the configuration.
  /// - Throws: ``ConfigurationError`` for a bad configuration.
  func origin(overrides: [String] = []) throws(ConfigurationError) -> WeightsOrigin {
    if let weights {
      return .file(
        weights, try configuration.load(overrides: overrides), leavingOut: partial)
    }
    if let checkpoint { return .checkpoint(checkpoint) }
    let expected = configuration.config == nil ? nil : try configuration.load(overrides: overrides)
    return .run(runDir ?? "runs/\(configuration.name)", expecting: expected)
  }

  /// Changes of keys in a checkpoint's own configuration.
  ///
  /// - Parameter overrides: assignments implied by other options; they are applied last.
  /// - Returns: all of them in their order.
  func assignments(overrides: [String] = []) -> [String] {
    configuration.assignments + overrides
  }
}

/// The options that choose a configuration.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("A configuration (.toml). (default: Fashion-MNIST)", valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var config: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Set one key, as in train.epochs=3. May be repeated.",
      valueName: "key=value"))
  var assignments: [String] = []

  /// The name of the configuration: that of its file.
  var name: String {
    guard let config else { return "fashion-mnist" }
    return URL(fileURLWithPath: config).deletingPathExtension().lastPathComponent
  }

  /// Reads and checks the configuration.
  ///
  /// - Parameter overrides: assignments implied by other options; they are applied last.
  /// - Throws: ``ConfigurationError``.
  /// - Returns: the checked configuration.
  func load(overrides: [String] = []) throws(ConfigurationError) -> TrainingConfiguration {
    let configuration = try TrainingConfiguration(
      file: config, assignments: assignments + overrides)
    try configuration.validate()
    return configuration
  }
}
