import Checkpoints
import Configuration
import Files
import Foundation
import Platform
import Reporting
import Supervision
import Train

/// Trains the runs of a sweep one after the other, each in a process of its own.
public struct SweepRunner {
  /// How each run is started.
  public struct Launch: Sendable {
    /// Ranks of a run; 1 needs no mpirun.
    public var ranks: Int
    /// Workers in each rank; nil: those of the configuration.
    public var threads: Int?
    /// Whether what the runs say goes to standard error.
    public var usesStandardError: Bool

    /// So many ranks and threads.
    public init(ranks: Int, threads: Int?, usesStandardError: Bool) {
      self.ranks = ranks
      self.threads = threads
      self.usesStandardError = usesStandardError
    }
  }

  private let sweep: Sweep
  private let folder: String
  private let launch: Launch

  /// A runner that keeps the runs in `folder`.
  public init(_ sweep: Sweep, in folder: String, _ launch: Launch) {
    self.sweep = sweep
    self.folder = folder
    self.launch = launch
  }

  /// Trains what is not finished and keeps `table.md`, `table.json` and the plots up to date.
  ///
  /// A diverged run is over: trained again, it would end the same way.
  ///
  /// - Parameter begin: receives each run before it is trained, with its number from 1.
  /// - Throws: ``CommandError`` with the exit code of a run that failed, or 75 if it was asked to stop; every
  ///   run resumes from where it was when called again.
  /// - Returns: the table of all runs.
  public func run(_ begin: (Int, Sweep.Run) -> Void) throws -> SweepTable {
    Signals.listen()
    let made = try makeFolder(above: "\(folder)/table.md")
    for (index, run) in sweep.runs.enumerated() {
      let result = try SweepResult(run, in: folder)
      if result.isOver && !result.lacksScores(run) { continue }
      begin(index + 1, run)
      let isOver = Result { try !Signals.stops && complete(run) }
      // Where the first run was refused there is nothing to compare yet.
      made.removeIfEmpty()
      if FileManager.default.fileExists(atPath: folder) { try write() }
      if try !isOver.get() || Signals.stops {
        throw CommandError("\(run.directory): stopped; sweep again to resume", exitCode: .stopped)
      }
    }
    return try write()
  }

  /// Trains a run and evaluates its last weights; returns whether it came to its end or was asked to stop.
  private func complete(_ run: Sweep.Run) throws -> Bool {
    if try !SweepResult(run, in: folder).isOver, try !train(run) { return false }
    let result = try SweepResult(run, in: folder)
    return try !result.lacksScores(run) || score(result)
  }

  /// Evaluates the last weights of a finished run; returns false if that was stopped.
  ///
  /// The last ones and not the best: those would be chosen on the very set that is reported.
  private func score(_ result: SweepResult) throws -> Bool {
    let store = CheckpointStore(directory: "\(result.directory)/checkpoints")
    guard let step = try store.steps().first else {
      throw CommandError(
        "\(store.directory): has no checkpoint; move the run aside and sweep again",
        exitCode: .badData)
    }
    var arguments = ["evaluate", "--checkpoint", store.path(of: step), "--json", "--quiet"]
    if let threads = launch.threads { arguments += ["--threads", "\(threads)"] }
    let process = try Process.program(arguments, ranks: launch.ranks)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    if Signals.stops { return false }
    let isKilled = process.terminationReason == .uncaughtSignal
    let code = (isKilled ? 128 : 0) + process.terminationStatus
    guard code == ExitCode.done.rawValue else {
      throw CommandError(
        "\(result.directory): its evaluation failed with exit code \(code); see the line above",
        relaying: code)
    }
    try write(bytes, to: RunScores.path(in: result.directory))
    return true
  }

  private func write(_ bytes: Data, to path: String) throws(CommandError) {
    do throws(WholeFileError) {
      try WholeFile.write(bytes, to: path)
    } catch {
      throw CommandError("\(path): cannot be written: \(error.reason)", exitCode: .inputOutput)
    }
  }

  /// Trains a run; returns whether it came to its end or was asked to stop.
  private func train(_ run: Sweep.Run) throws -> Bool {
    var arguments = ["train", "--config", sweep.configurationPath]
    arguments += ["--run-dir", "\(folder)/\(run.directory)"]
    if let weights = run.weights { arguments += ["--weights", weights] }
    if let threads = launch.threads { arguments += ["--threads", "\(threads)"] }
    arguments += run.assignments.flatMap { ["--set", $0] }
    let process = try Process.program(arguments, ranks: launch.ranks)
    if launch.usesStandardError {
      process.standardOutput = FileHandle.standardError
    } else if StandardOutput.isMute {
      // A run that could not speak would end with 74.
      process.standardOutput = FileHandle.nullDevice
    }
    try process.run()
    let started = ContinuousClock.now
    var told: ContinuousClock.Instant?
    while process.isRunning {
      // The run saves a checkpoint and ends with 75. What mpirun gets before its ranks exist it loses.
      let isAgain = told.map { $0 + .seconds(5) < .now && started + .seconds(30) > .now }
      if Signals.stops && isAgain ?? true {
        kill(process.processIdentifier, SIGUSR2)
        told = .now
      }
      Thread.sleep(forTimeInterval: 0.05)
    }
    return try isOver(run, process, isTold: told != nil)
  }

  private func isOver(_ run: Sweep.Run, _ process: Process, isTold: Bool) throws -> Bool {
    let isKilled = process.terminationReason == .uncaughtSignal
    let code = (isKilled ? 128 : 0) + process.terminationStatus
    switch code {
    case ExitCode.done.rawValue: return true
    case ExitCode.internalError.rawValue where try SweepResult(run, in: folder).diverged:
      return true
    // It could no longer speak, and was trained to its end all the same.
    case ExitCode.inputOutput.rawValue where try SweepResult(run, in: folder).isOver: return true
    case ExitCode.stopped.rawValue: return false
    // A run that does not listen yet is ended by the signal that asks it to stop.
    case 128 + SIGUSR2 where isTold: return false
    case 129...:
      throw CommandError(
        "\(run.directory): was ended by signal \(code - 128); sweep again to resume", relaying: code
      )
    default:
      throw CommandError(
        "\(run.directory): failed with exit code \(code); see the line above", relaying: code)
    }
  }

  @discardableResult
  private func write() throws -> SweepTable {
    try makeFolder(above: "\(folder)/table.md")
    let table = try SweepTable(sweep, in: folder)
    let name = (folder as NSString).lastPathComponent
    for (file, bytes) in [
      ("table.md", Data((table.markdown + "\n").utf8)),
      ("table.json", try JSONText.encode(table, isPretty: true)),
    ] + plots(of: table, title: name) {
      try write(bytes, to: "\(folder)/\(file)")
    }
    return table
  }

  private func plots(of table: SweepTable, title: String) -> [(String, Data)] {
    guard let task = sweep.runs.first?.configuration.task else { return [] }
    let curves = [BestMetric.loss, .accuracy].map { metric -> (String, Data) in
      let plot = CurvePlot(table, of: metric, task: task, title: title)
      return ("\(metric.rawValue).svg", Data(plot.svg.utf8))
    }
    let seeds = table.metrics.map { metric -> (String, Data) in
      let plot = SeedPlot(table, of: metric, title: title)
      return ("\(metric.rawValue)-seeds.svg", Data(plot.svg.utf8))
    }
    return curves + seeds
  }
}
