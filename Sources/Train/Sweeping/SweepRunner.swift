internal import Foundation

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

  /// How a run ended.
  private enum Ending {
    case finished, stopped, diverged
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

  /// Trains what is not finished and keeps `table.md`, `table.json` and `loss.svg` up to date.
  ///
  /// A run whose numbers are no longer finite is passed over.
  ///
  /// - Parameter begin: receives each run before it is trained, with its number from 1.
  /// - Throws: ``StartError`` with the exit code of a run that failed, or 75 if it was asked to stop; every
  ///   run goes on where it was when called again.
  /// - Returns: the table of all runs.
  public func run(_ begin: (Int, Sweep.Run) -> Void) throws -> SweepTable {
    Signals.listen()
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    var diverged: Set<String> = []
    for (index, run) in sweep.runs.enumerated() {
      if try SweepResult(run, in: folder).weightsSha256 != nil { continue }
      begin(index + 1, run)
      let ending = Result { try Signals.stops ? .stopped : train(run) }
      if case .success(.diverged) = ending { diverged.insert(run.directory) }
      try write(diverged)
      if try ending.get() == .stopped || Signals.stops {
        throw StartError("\(run.directory): stopped; sweep again to go on", exitCode: 75)
      }
    }
    return try write(diverged)
  }

  private func train(_ run: Sweep.Run) throws -> Ending {
    let process = Process()
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    process.executableURL = URL(filePath: "/usr/bin/env")
    var arguments = launch.ranks > 1 ? ["mpirun", "-n", "\(launch.ranks)"] : []
    arguments += [program, "train", "--config", sweep.configurationPath]
    arguments += ["--run-dir", "\(folder)/\(run.directory)"]
    if let threads = launch.threads { arguments += ["--threads", "\(threads)"] }
    arguments += run.assignments.flatMap { ["--set", $0] }
    process.arguments = arguments
    if launch.usesStandardError { process.standardOutput = FileHandle.standardError }
    // What was said before comes before what the run says.
    fflush(nil)
    try process.run()
    var isTold = false
    while process.isRunning {
      // Once is enough: the run saves a checkpoint and ends with 75.
      if Signals.stops && !isTold {
        kill(process.processIdentifier, SIGUSR2)
        isTold = true
      }
      Thread.sleep(forTimeInterval: 0.05)
    }
    return try ending(of: run, process, isTold: isTold)
  }

  private func ending(of run: Sweep.Run, _ process: Process, isTold: Bool) throws -> Ending {
    let status = process.terminationStatus
    if process.terminationReason == .uncaughtSignal {
      // A run that does not listen yet is ended by the signal that asks it to stop.
      if isTold { return .stopped }
      throw StartError(
        "\(run.directory): was ended by signal \(status); sweep again to go on",
        exitCode: 128 + status)
    }
    switch status {
    case 0: return .finished
    case 75: return .stopped
    case 70: return .diverged
    default:
      throw StartError(
        "\(run.directory): failed with exit code \(status); see the line above", exitCode: status)
    }
  }

  @discardableResult
  private func write(_ diverged: Set<String>) throws -> SweepTable {
    let table = try SweepTable(sweep, in: folder, diverged: diverged)
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    let name = (folder as NSString).lastPathComponent
    for (file, bytes) in [
      ("table.md", Data((table.markdown + "\n").utf8)), ("table.json", try encoder.encode(table)),
      ("loss.svg", Data(LossPlot(table, title: name).svg.utf8)),
    ] {
      do {
        try bytes.write(to: URL(filePath: "\(folder)/\(file)"), options: .atomic)
      } catch {
        throw StartError("\(folder)/\(file): cannot be written: \(error)", exitCode: 74)
      }
    }
    return table
  }
}
