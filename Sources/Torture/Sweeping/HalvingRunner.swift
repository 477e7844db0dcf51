import Checkpoints
import Configuration
import Foundation
import Platform
import Reporting
import Supervision
import Train

/// Trains the runs of a sweep with halving: all of them to the first rung, the best of them to the next one.
public struct HalvingRunner {
  private let sweep: Sweep
  private let halving: Halving
  private let folder: String
  private let runner: SweepRunner

  /// A runner that keeps the runs of `sweep`, whose `halving` it is, in `folder`.
  public init(
    _ sweep: Sweep, _ halving: Halving, in folder: String, _ launch: SweepRunner.Launch
  ) {
    self.sweep = sweep
    self.halving = halving
    self.folder = folder
    runner = SweepRunner(sweep, in: folder, launch)
  }

  /// Trains what is left, and keeps `halving.md` and `halving.json` up to date, beside what an ordinary sweep keeps.
  ///
  /// - Parameter begin: receives each run before it is trained, the place of the rung that it is trained to, and the
  ///   seconds that all of it may still take; nil before the first run.
  /// - Throws: ``CommandError`` with the exit code of a run that failed, or 75 if it was asked to stop; every run
  ///   resumes from where it was when called again.
  /// - Returns: how far all variants came.
  public func run(_ begin: (Sweep.Run, Int, Double?) -> Void) throws -> HalvingTable {
    Signals.listen()
    var results = try SweepTable(sweep, in: folder).runs
    var left = HalvingTable(sweep, halving, results).secondsLeft
    let made = try makeFolder(above: "\(folder)/halving.md")
    for rung in halving.rungs.indices {
      let progress = HalvingProgress(halving, variants: sweep.variants.map(\.name), results)
      let candidates = Set(progress.candidates(of: rung))
      // Results are in the order of the runs.
      for (run, result) in zip(sweep.runs, progress.results)
      where candidates.contains(run.variant) && !progress.isOver(result, at: rung) {
        begin(run, rung, left)
        let outcome = Result { try !Signals.stops && complete(run, rung) }
        made.removeIfEmpty()
        if FileManager.default.fileExists(atPath: folder) {
          results = try runner.write().runs
          left = try write(results).secondsLeft
        }
        if try !outcome.get() || Signals.stops {
          throw CommandError(
            "\(run.directory): stopped; sweep again to resume", exitCode: .stopped)
        }
      }
    }
    return try write(runner.write().runs)
  }

  /// Trains a run up to a rung; returns whether it came to it.
  private func complete(_ run: Sweep.Run, _ rung: Int) throws -> Bool {
    let isLast = rung == halving.rungs.count - 1
    let steps = halving.rungs[rung].steps
    if try runner.train(run, stopAfter: isLast ? nil : steps) { return true }
    // A run that was stopped, by a signal or a limit of time, ends with the same code.
    let store = CheckpointStore(directory: "\(folder)/\(run.directory)/checkpoints")
    guard !isLast, let step = try store.steps().first, step >= steps else { return false }
    return try !Checkpoint.glance(at: store.path(of: step)).evaluationIsPending
  }

  private func write(_ results: [SweepResult]) throws -> HalvingTable {
    let table = HalvingTable(sweep, halving, results)
    try runner.write(Data((table.markdown + "\n").utf8), to: "\(folder)/halving.md")
    try runner.write(JSONText.encode(table, isPretty: true), to: "\(folder)/halving.json")
    return table
  }
}
