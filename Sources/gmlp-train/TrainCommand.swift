public import ArgumentParser
import Comm
import Configuration
import Doctor
import Foundation
public import Reporting
import Train

/// `gmlp-train train`: the main job.
struct TrainCommand: ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train, or resume training (the default).",
    discussion: """
      gmlp-train                              Fashion-MNIST in one process
      gmlp-train --config c.toml --lr 1e-3 --epochs 3 --batch-size 64
      mpirun -n 8 gmlp-train --threads 2      eight ranks of two workers, same bits
      gmlp-train --resume never               start again; move the old run aside
      gmlp-train --run-dir b --resume runs/a/checkpoints/best    a branch of a run
      gmlp-train --run-dir b --weights w.safetensors             given weights
      gmlp-train --run-dir b --weights runs/a                    the best weights of a run

      The run directory holds config.toml, metrics.jsonl and checkpoints/. The same command \
      resumes from the newest valid checkpoint there, on any number of ranks and threads, and ends \
      with the same bits.

      --lr, --epochs, --batch-size, --seed, --steps and --threads are short for --set with a key. They \
      count after --set, so the option wins where both give the same key.

      --steps is the length of the run, which the learning rate schedule spans: a different length is a \
      different run. --stop-after stops early without changing any result: run the same command \
      again to resume.

      SIGUSR1 saves a checkpoint, and training continues; SIGUSR2, TERM, INT and HUP save one and \
      stop (exit code 75). A bare mpirun forwards only the two USR signals in time; launch/local.sh \
      turns the others into them. Before you use mpirun as root: source launch/environment.sh
      """)

  @OptionGroup var options: ConfigurationOptions

  @OptionGroup var hyperparameters: HyperparameterOptions

  @Option(help: "Seed of all random numbers (seed).")
  var seed: UInt64?

  @Option(help: "The folder of the run. (default: runs/<configuration name>)")
  var runDir: String?

  @Option(help: "Total steps; the learning rate schedule spans them (train.steps).")
  var steps: Int?

  @Option(help: "Worker threads per rank (train.threads).")
  var threads: Int?

  @Option(help: "Save and stop after this step (exit code 75).")
  var stopAfter: Int?

  @Option(
    help: """
      Start from these weights (.safetensors with timm's names, or the folder of a run), fitted to \
      other classes, image sizes and channels, with a fresh optimizer.
      """)
  var weights: String?

  @Flag(help: "Load the tensors that --weights and the model share; ignore others.")
  var partial = false

  @Option(help: "auto: the newest valid checkpoint; never: move the old run aside; or a folder.")
  var resume = "auto"

  @Flag(help: "Resume although the configuration or the data differ.")
  var force = false

  @Option(help: "live, plain, or auto: live on a terminal.")
  var progress = ProgressStyle.auto

  @Flag(help: "Show only errors and warnings.")
  var quiet = false

  @Flag(
    help: "Check every activation and gradient; name the layer of the first that is not finite.")
  var debug = false

  func validate() throws {
    if steps != nil && hyperparameters.epochs != nil {
      throw ValidationError("--steps and --epochs: give only one of them")
    }
    if let steps, steps < 1 { throw ValidationError("--steps \(steps): must be at least 1") }
    if let threads, threads < 1 {
      throw ValidationError("--threads \(threads): must be at least 1")
    }
    if let stopAfter, stopAfter < 1 {
      throw ValidationError("--stop-after \(stopAfter): must be at least 1")
    }
    if partial && weights == nil {
      throw ValidationError("--partial needs --weights")
    }
    let word = resume.lowercased().filter { !$0.isWhitespace }
    if word != resume, word == "auto" || word == "never" {
      throw ValidationError("--resume '\(resume)': write \(word), or name a folder as ./\(resume)")
    }
    if weights != nil, case .from(let folder) = resumed {
      throw ValidationError(
        "--weights does not go with --resume \(folder): the checkpoint has its own; give one of them"
      )
    }
  }

  func run() throws {
    let loaded = Result { () throws(ConfigurationError) in
      try options.load(overrides: overrides)
    }
    let computeThreads =
      switch loaded {
      case .success(let configuration): configuration.train.threads
      case .failure: 1
      }
    World.run(computeThreads: computeThreads) { communication in
      let configuration = try StartAgreement.agree(on: loaded, communication)
      return try TrainingRun.run(
        configuration, trainingOptions, communication, checking: StartWarnings.self)
    }
  }

  private var overrides: [String] {
    let others = [
      seed.map { "seed=\($0)" }, steps.map { "train.steps=\($0)" },
      threads.map { "train.threads=\($0)" },
    ]
    return hyperparameters.assignments + others.compactMap { $0 }
  }

  private var resumed: TrainingOptions.Resume {
    switch resume {
    case "auto": .auto
    case "never": .never
    default: .from(resume)
    }
  }

  private var trainingOptions: TrainingOptions {
    var result = TrainingOptions()
    result.runDirectory = runDir ?? "runs/\(options.name)"
    result.resume = resumed
    result.isForced = force
    result.stopAfter = stopAfter
    result.weights = weights
    result.isPartial = partial
    result.debug = debug
    result.progressStyle = progress
    result.isQuiet = quiet
    return result
  }
}

extension ProgressStyle: ExpressibleByArgument {}
