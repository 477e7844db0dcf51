/// The content of `state.json`: the state of training, its configuration, and how to recognise the files.
///
/// The keys of the file are the snake-case forms of these names. Everything that decides how the
/// training continues is in here or in the files it lists.
public struct CheckpointState: Codable, Sendable, Equatable {
  /// The version of the format that this program writes and reads.
  public static let currentFormatVersion = 1

  /// The version of the format, for ``Checkpoint/open(_:)`` to judge.
  public private(set) var formatVersion = Self.currentFormatVersion
  /// Steps done: the weights are those after this step.
  public var step: Int
  /// Whole epochs done.
  public var epoch: Int
  /// Samples of the next epoch already used.
  public var position: Int
  /// Samples used since the beginning.
  public var samplesSeen: Int
  /// The run's seed.
  public var seed: UInt64
  /// The resolved configuration as TOML.
  public var configuration: String
  /// The digest of the configuration's identity keys.
  public var configurationDigest: String
  /// The digest of the training data.
  public var datasetDigest: String
  /// The digest of the test data, if there are any.
  public var testDatasetDigest: String?
  /// The core that OpenBLAS chose its kernels for.
  public var cpu: String
  /// The BLAS library, its version and kernels.
  public var blas: String
  /// The program's version and build.
  public var build: String
  /// Who computed it; informative, since any ranks and threads can continue.
  public var world: World
  /// Whether the evaluation that belongs to this step was interrupted and is still to be done.
  public var evaluationIsPending = false
  /// The best evaluations so far, of each kind of weights that was evaluated.
  public var best: [WeightsKind: Best] {
    get { bestByKind ?? formerBest.map { [formerlyJudged: $0] } ?? [:] }
    set { (bestByKind, formerBest) = (newValue, nil) }
  }
  private var bestByKind: [WeightsKind: Best]?
  /// What versions before 0.2 wrote: one evaluation, of the averaged weights if there were any.
  private var formerBest: Best?
  /// The bytes of `metrics.jsonl` that were written up to this step, if known.
  public var metricsBytes: Int?
  /// Consecutive steps whose update was skipped, if any.
  public var skippedSteps: Int?
  /// The losses so far, where the run watches them for spikes.
  public var losses: Losses?
  /// Updates of the weights so far, for ``updatesDone``; nil in checkpoints of 0.1.0.
  public var updates: Int?
  /// What the processor is called, informative; nil in checkpoints of 0.1.0.
  public var processor: String?
  /// The C library, whose exponentials and logarithms training uses; nil in checkpoints of 0.1.0.
  public var libc: String?
  /// The variables of the environment that change what the libraries compute; nil in checkpoints of 0.1.0.
  public var librarySettings: String?
  /// The libraries that decoded the pictures; nil if none were, and in checkpoints of 0.1.0.
  public var pictureLibraries: String?
  /// The names of the classes in the order of their labels, where the training data have them.
  public var classNames: [String]?
  /// The digest of the weights in state-dict order.
  public var weightsSHA256: String
  /// The length and digest of each file, filled in by ``CheckpointDraft/commit(_:reporting:)``.
  public internal(set) var files: [String: FileRecord] = [:]

  /// Updates of the weights so far: Adam's t of the last one.
  ///
  /// A checkpoint of 0.1.0 records only the skipped steps just before it.
  public var updatesDone: Int {
    updates ?? max(0, step - (skippedSteps ?? 0) - (losses?.skipped ?? 0))
  }

  /// The ranks and threads that computed a checkpoint.
  public struct World: Codable, Sendable, Equatable {
    /// MPI ranks.
    public var ranks: Int
    /// Threads a rank.
    public var threads: Int

    /// A world of `ranks` × `threads` workers.
    public init(ranks: Int, threads: Int) {
      self.ranks = ranks
      self.threads = threads
    }
  }

  /// Running averages over the losses of steps.
  public struct Losses: Codable, Sendable, Equatable {
    /// Their mean.
    public var mean: Double
    /// Their variance.
    public var variance: Double
    /// How many went into them.
    public var count: Int
    /// How many of the last ones were skipped as spikes.
    public var skipped: Int

    /// Averages over `count` losses.
    public init(mean: Double, variance: Double, count: Int, skipped: Int) {
      self.mean = mean
      self.variance = variance
      self.count = count
      self.skipped = skipped
    }
  }

  /// The best evaluation of a run.
  public struct Best: Codable, Sendable, Equatable {
    /// What was measured, for example `accuracy`.
    public var metric: String
    /// Its value.
    public var value: Double
    /// The step after which it was measured.
    public var step: Int

    /// The finite `value` of `metric` after `step`.
    public init(metric: String, value: Double, step: Int) {
      precondition(value.isFinite, "the best \(metric) is \(value)")
      self.metric = metric
      self.value = value
      self.step = step
    }
  }

  /// The epoch of the last step, from 1.
  public var lastEpoch: Int { max(1, position == 0 ? epoch : epoch + 1) }

  /// The step whose weights of the given kind were the best; nil if that is not known.
  ///
  /// An earlier version recorded one step for both kinds: then it is that one.
  public func bestStep(of kind: WeightsKind) -> Int? { best[kind]?.step ?? formerBest?.step }

  private var formerlyJudged: WeightsKind {
    files[WeightsKind.averaged.file] == nil ? .weights : .averaged
  }

  /// The state after `step` steps; see the properties for what each value means.
  public init(
    step: Int, epoch: Int, position: Int, samplesSeen: Int, seed: UInt64, configuration: String,
    configurationDigest: String, datasetDigest: String, testDatasetDigest: String?, cpu: String,
    blas: String, build: String, world: World, best: [WeightsKind: Best], weightsSHA256: String
  ) {
    self.step = step
    self.epoch = epoch
    self.position = position
    self.samplesSeen = samplesSeen
    self.seed = seed
    self.configuration = configuration
    self.configurationDigest = configurationDigest
    self.datasetDigest = datasetDigest
    self.testDatasetDigest = testDatasetDigest
    self.cpu = cpu
    self.blas = blas
    self.build = build
    self.world = world
    bestByKind = best
    self.weightsSHA256 = weightsSHA256
  }

  private enum CodingKeys: String, CodingKey {
    case formatVersion = "format_version"
    case step, epoch, position
    case samplesSeen = "samples_seen"
    case seed, configuration
    case configurationDigest = "configuration_digest"
    case datasetDigest = "dataset_digest"
    case testDatasetDigest = "test_dataset_digest"
    case cpu, blas, build, world
    case evaluationIsPending = "evaluation_is_pending"
    case bestByKind = "best_by_kind"
    case formerBest = "best"
    case metricsBytes = "metrics_bytes"
    case losses, updates, processor, libc
    case librarySettings = "library_settings"
    case pictureLibraries = "picture_libraries"
    case classNames = "class_names"
    case skippedSteps = "skipped_steps"
    case weightsSHA256 = "weights_sha256"
    case files
  }
}

/// The weights that a checkpoint may hold.
public enum WeightsKind: String, Codable, CodingKeyRepresentable, CaseIterable, Sendable {
  /// Those that the optimizer updates.
  case weights
  /// Their moving average, where one is kept.
  case averaged = "averaged_weights"

  /// The file of a checkpoint that holds them.
  public var file: String {
    switch self {
    case .weights: "model.safetensors"
    case .averaged: "ema.safetensors"
    }
  }

  /// The words for people: `weights` or `averaged weights`.
  public var words: String {
    switch self {
    case .weights: "weights"
    case .averaged: "averaged weights"
    }
  }

  /// The link that points at the checkpoint whose weights of this kind were the best.
  var bestLink: String {
    switch self {
    case .weights: "best"
    case .averaged: "best-averaged"
    }
  }

  /// The name under which that link is made.
  var temporaryLink: String { ".\(bestLink).link" }
}
