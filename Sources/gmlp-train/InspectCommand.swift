import ArgumentParser
import Configuration
import Files
import Foundation
import Inspection
import Model
import Platform
import Train

/// `gmlp-train inspect`: what a configuration will cost, what a file holds.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a configuration will cost, or what a checkpoint, shard or file holds.",
    discussion: """
      gmlp-train inspect                             the built-in configuration
      gmlp-train inspect --preset gmlp-s16 --ranks 8 a model of the paper
      gmlp-train inspect --config c.toml --resolved  all its keys, as TOML
      gmlp-train inspect runs/digits                 a run and its newest checkpoint
      gmlp-train inspect runs/digits --tensors       and the tensors in it
      gmlp-train inspect data/train                  a set of shards, or one
      gmlp-train inspect data/sst2/dev --samples 3   labelled text, with samples
      gmlp-train inspect weights.safetensors         names and shapes of tensors
      gmlp-train inspect --keys                      all keys with their meaning
      gmlp-train inspect --config c.toml --augmented 25 --output sheet.png
                                                     pictures as training sees them

      For a configuration it shows parameters, multiply-adds, steps and the memory that training \
      will take on each rank, before anything starts. For checkpoints and shards it recomputes \
      every digest; if one is damaged, the exit code is 65.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(
    help: "A model of the paper: \(ModelConfiguration.presetNames.joined(separator: ", ")).",
    completion: .list(ModelConfiguration.presetNames))
  var preset: String?

  @Option(help: "Ranks to plan for.")
  var ranks = 1

  @Option(help: "Worker threads per rank to plan for.")
  var threads: Int?

  @Flag(
    help: "Print the resolved configuration as TOML; for a checkpoint, the one it was trained with."
  )
  var resolved = false

  @Flag(help: "Print the table of keys in Markdown.")
  var keys = false

  @Option(
    help: ArgumentHelp(
      "Augment this many training images as in the first steps, and write them to --output.",
      valueName: "n"))
  var augmented: Int?

  @Option(
    help: ArgumentHelp(
      "The PNG file for the images of --augmented, each with its class below and what it is mixed with.",
      valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Of a set of labelled text, also show the first samples with their labels.", valueName: "n"))
  var samples: Int?

  @Flag(help: "Of a checkpoint, also list the files with their tensors.")
  var tensors = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Argument(
    help: ArgumentHelp(
      "A configuration (.toml), a checkpoint or run directory, shards, or a .safetensors file.",
      valueName: "path"),
    completion: .file())
  var path: String?

  func validate() throws {
    try WorkerNumbers.check(ranks: ranks, threads: threads)
    let subjects = [
      ("--config", options.config != nil), ("--preset", preset != nil), ("a path", path != nil),
      ("--keys", keys),
    ].filter(\.1).map(\.0)
    if subjects.count > 1 {
      throw ValidationError("\(subjects.joined(separator: " and ")): give only one of them")
    }
    let forms = [("--json", json), ("--resolved", resolved), ("--keys", keys)].filter(\.1).map(\.0)
    if forms.count > 1 {
      throw ValidationError("\(forms.joined(separator: " and ")): give only one of them")
    }
    if let samples, !(1...10_000).contains(samples) {
      throw ValidationError("--samples \(samples): must be from 1 to 10000")
    }
    if tensors && path == nil {
      throw ValidationError("--tensors: goes with a run, a checkpoint or a .safetensors file")
    }
    if samples != nil && path == nil {
      throw ValidationError("--samples: goes with the folder of a set of labelled text")
    }
    if let augmented, !(1...10_000).contains(augmented) {
      throw ValidationError("--augmented \(augmented): must be from 1 to 10000")
    }
    if (augmented == nil) != (output == nil) {
      throw ValidationError("--augmented and --output: give both or none")
    }
    if augmented != nil,
      let other = (subjects + forms).first(where: {
        $0 != "--config" && $0 != "a path"
      })
    {
      throw ValidationError("--augmented and \(other): give only one of them")
    }
    if let preset, ModelConfiguration.preset(preset) == nil {
      throw ValidationError(
        "--preset \(preset): unknown; "
          + (Synonyms.hint(forPreset: preset)
            ?? suggestion(
              for: preset, among: ModelConfiguration.presetNames, called: "the presets")))
    }
  }

  func run() throws {
    SingleProcess.run {
      if keys { return try Output(json: false).line(TrainingConfiguration.keyTable) }
      guard let path else { return try show(configuration(options.config), options.config) }
      let inspection = try Inspection(path, samples: samples ?? 0, warning: StandardError.write)
      try refuseSamples(inspection, path)
      try refuseTensors(inspection, path)
      switch inspection {
      case .configuration(let file): try show(configuration(file), file)
      case .checkpoint(let summary):
        try refuseAugmented(path)
        if resolved { return try StandardOutput.write(summary.configuration) }
        if json { return try Output(json: json).give(summary, "") }
        let overview = try RunOverview(summary)
        try Output(json: json).line(
          tensors ? summary.text(overview) + "\n" + summary.tensors : summary.text(overview))
      case .shards(let summary):
        try refuseForms(path)
        try Output(json: json).give(summary, summary.text)
      case .pictures(let summary):
        try refuseForms(path)
        try Output(json: json).give(summary, summary.text)
      case .text(let summary):
        try refuseForms(path)
        try Output(json: json).give(summary, summary.text)
      case .labelledText(let summary):
        try refuseForms(path)
        try Output(json: json).give(summary, summary.text)
      case .tensors(let summary):
        try refuseForms(path)
        try Output(json: json).give(summary, summary.text)
      }
    }
  }

  private func configuration(_ file: String?) throws(ConfigurationError) -> TrainingConfiguration {
    var configuration = try TrainingConfiguration(file: file)
    if let preset = preset.flatMap(ModelConfiguration.preset) { configuration.model = preset }
    let overrides = threads.map { ["train.threads=\($0)"] } ?? []
    for assignment in options.assignments + overrides {
      try configuration.apply(assignment: assignment)
    }
    try configuration.validate()
    return configuration
  }

  private func show(_ configuration: TrainingConfiguration, _ file: String?) throws {
    if resolved { return try StandardOutput.write(configuration.toml) }
    if let augmented, let output {
      let sheet = try AugmentedSheet(configuration, count: augmented)
      try sheet.write(to: output)
      return try Output(json: false).line(sheet.lines.map { printable($0) }.joined(separator: "\n"))
    }
    let summary = try ConfigurationSummary(
      configuration, ranks: ranks, opensData: preset == nil)
    let name = file ?? preset.map { "preset \($0)" } ?? "built in (fashion-mnist)"
    try Output(json: json).give(summary, summary.text(name: name))
  }

  private func refuseSamples(_ inspection: Inspection, _ path: String) throws(CommandError) {
    if samples == nil { return }
    if case .labelledText(let summary) = inspection, summary.shard == nil { return }
    throw CommandError(
      "\(path): is not a folder with a set of labelled text; --samples needs one",
      exitCode: .usage)
  }

  private func refuseTensors(_ inspection: Inspection, _ path: String) throws(CommandError) {
    if !tensors { return }
    switch inspection {
    case .checkpoint, .tensors: return
    default:
      throw CommandError(
        "\(path): is no checkpoint; --tensors lists the tensors of one", exitCode: .usage)
    }
  }

  private func refuseForms(_ path: String) throws(CommandError) {
    try refuseAugmented(path)
    guard resolved else { return }
    throw CommandError("\(path): has no configuration for --resolved to print", exitCode: .usage)
  }

  private func refuseAugmented(_ path: String) throws(CommandError) {
    guard augmented != nil else { return }
    throw CommandError(
      "\(path): is not a configuration; --augmented takes one (.toml)", exitCode: .usage)
  }
}
