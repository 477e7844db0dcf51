public import Configuration

/// Variants of one configuration, each trained from several seeds on the same samples in the same order.
public struct Sweep: Sendable {
  /// One of the configurations.
  public struct Variant: Sendable {
    /// What it is called in tables.
    public let name: String
    /// What it changes, as `key=value`.
    public let assignments: [String]
    /// The weights that it starts from, as `--weights` takes them; nil: random ones.
    public let weights: String?
    /// The seeds that it is trained from.
    public let seeds: [Int]
  }

  /// One variant from one seed.
  public struct Run: Sendable {
    /// The variant.
    public let variant: String
    /// The seed.
    public let seed: Int
    /// The name of its run directory.
    public let directory: String
    /// The whole configuration.
    public let configuration: TrainingConfiguration
    /// The weights that it starts from, the same for every seed; nil: random ones.
    public let weights: String?
    /// The assignments that make it from the sweep's configuration.
    public let assignments: [String]
  }

  /// The configuration that the variants change.
  public let configurationPath: String
  /// The variants in the order of the file.
  public let variants: [Variant]
  /// How runs are ended early; nil: each is trained to its end.
  public let halving: Halving?
  /// All runs: the first seed of every variant, then the second, and so on, so that a table of all
  /// variants is there as early as can be.
  public let runs: [Run]

  /// Reads a sweep.
  ///
  /// The file has `config`, a path from its own folder; `seeds`; optionally `set`, a list of `key=value`, and `weights`,
  /// a path from there too, both for all variants; and tables `[[variant]]` with `name`, their own `set`, and optionally
  /// their own `weights` and `seeds`. Empty `weights` are random ones. Every variant is combined with the values of
  /// `[grid]` or `[random]`, which can stand alone: see `SweepSearch`. `[halving]` ends runs early: see ``Halving``.
  ///
  /// - Parameters:
  ///   - file: the path.
  ///   - common: `key=value` for all variants, before their own.
  ///   - weights: those of all variants that name none, in place of the file's.
  /// - Throws: ``ConfigurationError`` for a file that cannot be read, an unknown key, a configuration that
  ///   is not valid, or variants that would not see the same samples in the same order.
  public init(
    file: String, common: [String] = [], weights: String? = nil
  ) throws(ConfigurationError) {
    let contents = try SweepFile(file, common: common, weights: weights)
    configurationPath = contents.configurationPath
    let listed = contents.variants
    if let settings = contents.halving {
      let halving = try Halving(
        settings, runs: Self.runs(listed, configurationPath, file), seeds: listed.map(\.seeds))
      self.halving = halving
      variants = listed.map { variant in
        Variant(
          name: variant.name, assignments: variant.assignments + halving.assignments,
          weights: variant.weights, seeds: variant.seeds)
      }
    } else {
      (halving, variants) = (nil, listed)
    }
    let folders = variants.map { Self.directory($0.name) }
    if let twice = variants.first(where: { one in
      folders.count { $0 == Self.directory(one.name) } > 1
    }) {
      throw ConfigurationError(
        "\(file): two variants are called \"\(twice.name)\", up to case and punctuation; rename one"
      )
    }
    runs = try Self.runs(variants, configurationPath, file)
  }

  private static func runs(
    _ variants: [Variant], _ configurationPath: String, _ file: String
  ) throws(ConfigurationError) -> [Run] {
    var runs: [Run] = []
    for round in 0..<(variants.map(\.seeds.count).max() ?? 0) {
      for variant in variants where round < variant.seeds.count {
        let seed = variant.seeds[round]
        let assignments = variant.assignments + ["seed=\(seed)"]
        let configuration = try TrainingConfiguration(
          file: configurationPath, assignments: assignments)
        do {
          try configuration.validate()
        } catch {
          throw ConfigurationError("\(file): \(variant.name): \(error)")
        }
        runs.append(
          Run(
            variant: variant.name, seed: seed,
            directory: "\(directory(variant.name))-seed\(seed)", configuration: configuration,
            weights: variant.weights, assignments: assignments))
      }
    }
    try requireSameSamples(runs, file)
    return runs
  }

  /// The keys that decide which samples a step has; what augmentation makes of them may be compared.
  private static let orderKeys = [
    "data.format", "data.train", "data.test", "data.labels", "data.whole_words",
    "model.sequence_length", "model.predictions_per_sequence", "train.epochs", "train.steps",
    "train.global_batch_size",
  ]

  private static func requireSameSamples(
    _ runs: [Run], _ file: String
  ) throws(ConfigurationError) {
    for run in runs {
      let differences = run.configuration.differences(from: runs[0].configuration) {
        orderKeys.contains($0.key)
      }
      if let difference = differences.first {
        throw ConfigurationError(
          "\(file): \(run.variant) would not see the same samples as \(runs[0].variant): "
            + "\(difference)")
      }
    }
  }

  /// A name made fit for a folder.
  package static func directory(_ name: String) -> String {
    String(name.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
  }
}
