import ArgumentParser
import Configuration
import Foundation
import Train

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
  /// - Parameter overrides: assignments that other options stand for; they count last.
  /// - Throws: ``ConfigurationError``.
  /// - Returns: the checked configuration.
  func load(overrides: [String] = []) throws(ConfigurationError) -> TrainingConfiguration {
    let configuration = try TrainingConfiguration(
      file: config, assignments: assignments + overrides)
    try configuration.validate()
    return configuration
  }
}
