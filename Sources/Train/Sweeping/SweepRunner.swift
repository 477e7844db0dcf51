internal import Foundation

/// Trains the runs of a sweep one after the other, each in a process of its own.
public struct SweepRunner {
  /// How each run is started.
  public struct Workers: Sendable {
    /// Ranks of a run; 1 needs no mpirun.
    public var ranks: Int
    /// Workers in each rank; nil: those of the configuration.
    public var threads: Int?

    /// Whether their words go to standard error.
    public var speakAside: Bool

    /// So many ranks and threads.
    public init(ranks: Int, threads: Int?, speakAside: Bool) {
      (self.ranks, self.threads, self.speakAside) = (ranks, threads, speakAside)
    }
  }

  private let sweep: Sweep
  private let folder: String
  private let workers: Workers

  /// A runner that keeps the runs in `folder`.
  public init(_ sweep: Sweep, in folder: String, _ workers: Workers) {
    self.sweep = sweep
    self.folder = folder
    self.workers = workers
  }

  /// Trains what is not finished and keeps `table.md`, `table.json` and `loss.svg` up to date.
  ///
  /// - Parameter begin: receives each run before it is trained, with its number from 1.
  /// - Throws: ``StartError`` with the exit code of a run that failed, or 75 if it was asked to stop; every
  ///   run goes on where it was when called again.
  /// - Returns: the table of all runs.
  public func run(_ begin: (Int, Sweep.Run) -> Void) throws -> SweepTable {
    Signals.listen()
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    for (index, run) in sweep.runs.enumerated() {
      if try SweepResult(run, in: folder).weightsSha256 != nil { continue }
      begin(index + 1, run)
      try train(run)
      try write()
    }
    return try write()
  }

  private func train(_ run: Sweep.Run) throws {
    let process = Process()
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    process.executableURL = URL(filePath: "/usr/bin/env")
    var arguments = workers.ranks > 1 ? ["mpirun", "-n", "\(workers.ranks)"] : []
    arguments += [program, "train", "--config", sweep.configurationPath]
    arguments += ["--run-dir", "\(folder)/\(run.directory)"]
    if let threads = workers.threads { arguments += ["--threads", "\(threads)"] }
    arguments += run.assignments.flatMap { ["--set", $0] }
    process.arguments = arguments
    if workers.speakAside { process.standardOutput = FileHandle.standardError }
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
    if process.terminationReason == .uncaughtSignal {
      throw StartError(
        "\(run.directory): was ended by signal \(process.terminationStatus); sweep again to go on",
        exitCode: 128 + process.terminationStatus)
    }
    if isTold || process.terminationStatus == 75 {
      throw StartError("\(run.directory): stopped; sweep again to go on", exitCode: 75)
    }
    if process.terminationStatus != 0 {
      throw StartError(
        "\(run.directory): failed with exit code \(process.terminationStatus); see the line above",
        exitCode: process.terminationStatus)
    }
  }

  @discardableResult
  private func write() throws -> SweepTable {
    let table = try SweepTable(sweep, in: folder)
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
