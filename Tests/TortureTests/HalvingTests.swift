import Configuration
import Foundation
import Model
import Reporting
import TestSupport
import Testing

@testable import Torture

@Suite("Successive halving")
struct HalvingTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      "[data]\nformat = \"digits\"\n[schedule]\nwarmup_steps = 1\n", to: "images.toml")
  }

  private static let nine = "optimizer.learning_rate = [1, 2, 3, 4, 5, 6, 7, 8, 9]"

  private func sweep(
    _ halving: String, grid: String = HalvingTests.nine, set: [String] = [], seeds: String = "[0]"
  ) throws -> Sweep {
    try Sweep(
      file: folder.write(
        """
        config = "images.toml"
        seeds = \(seeds)
        set = \(set.toml)
        [grid]
        \(grid)
        [halving]
        \(halving)
        """, to: "sweep.toml"))
  }

  @Test(
    "One in so many goes on, until one is left or the rungs are over",
    arguments: [
      (9, 3, nil, [9, 3, 1]), (27, 3, nil, [27, 9, 3, 1]), (10, 3, nil, [10, 3, 1]),
      (8, 2, 3, [8, 4, 2]), (5, 4, 2, [5, 1]), (2, 3, nil, [2]), (4, 4, 3, [4, 1, 1]),
    ] as [(Int, Int, Int?, [Int])])
  func counts(variants: Int, factor: Int, rungs: Int?, expected: [Int]) {
    #expect(Halving.counts(variants, factor: factor, rungs: rungs) == expected)
  }

  @Test("The longest run has the steps of the configuration, and shorter ones stop at their rungs")
  func plan() throws {
    let sweep = try sweep("factor = 3", set: ["train.steps=900"])
    let halving = try #require(sweep.halving)
    #expect(halving.rungs.map(\.steps) == [100, 300, 900])
    #expect(halving.rungs.map(\.variants) == [9, 3, 1])
    // What goes on is not trained again: 9 × 100 + 3 × 200 + 600.
    #expect(halving.steps == 2_100)
    for run in sweep.runs {
      #expect(run.configuration.train.steps == 900 && run.configuration.train.evaluateEvery == 100)
    }
    #expect(halving.metric == .accuracy)
  }

  @Test("A budget decides how long the runs are, and is not exceeded")
  func budget() throws {
    for (budget, unit) in [(21, 1), (2_100, 100), (2_120, 100), (2_121, 101)] {
      let halving = try #require(try sweep("budget = \(budget)\nmetric = \"loss\"").halving)
      #expect(halving.rungs.map(\.steps) == [unit, 3 * unit, 9 * unit])
      #expect(halving.steps == 21 * unit && halving.steps <= budget)
      #expect(halving.metric == .loss)
    }
    let twice = try #require(try sweep("budget = 4200", seeds: "[0, 1]").halving)
    #expect(twice.rungs.map(\.steps) == [100, 300, 900] && twice.steps == 4_200)
  }

  @Test("Evaluations that come at each rung anyway stay")
  func evaluations() throws {
    let sweep = try sweep("factor = 3", set: ["train.steps=900", "train.evaluate_every=50"])
    #expect(sweep.runs.allSatisfy { $0.configuration.train.evaluateEvery == 50 })
    let other = try self.sweep("factor = 3", set: ["train.steps=900", "train.evaluate_every=30"])
    #expect(other.runs.allSatisfy { $0.configuration.train.evaluateEvery == 100 })
  }

  @Test("The better ones go on, of equal ones the first, and none before all that were finite")
  func promotion() throws {
    let sweep = try sweep("budget = 2100", grid: Self.nine)
    let halving = try #require(sweep.halving)
    let names = ["a", "b", "c", "d", "e"]
    func promoted(_ values: [Double?]) -> [String] {
      halving.promoted(zip(names, values).map { (name: $0, value: $1) }, from: 0)
    }
    #expect(promoted([0.1, 0.5, 0.2, 0.4, 0.3]) == ["b", "d", "e"])
    #expect(promoted([0.5, 0.5, 0.5, 0.5, 0.5]) == ["a", "b", "c"])
    #expect(promoted([nil, 0.1, nil, 0.2, nil]) == ["a", "b", "d"])
    #expect(halving.promoted([("a", 0.5)], from: 2) == [])
    let loss = try #require(try self.sweep("budget = 2100\nmetric = \"loss\"").halving)
    let best = loss.promoted(
      zip(names, [0.1, 0.5, 0.2, 0.4, 0.3]).map { (name: $0, value: $1) }, from: 1)
    #expect(best == ["a"])
  }

  /// Leaves the metrics of a run that was evaluated at these steps.
  private func leave(_ run: Sweep.Run, _ accuracies: [(Int, Double)]) throws {
    var start = JSONLine(event: "start")
    let configuration = run.configuration.resolved()
    start.add("products", configuration.train.products.rawValue)
    start.add("precision", configuration.train.precision.rawValue)
    start.add("configuration_digest", configuration.identityDigest)
    var lines = [start]
    for (number, accuracy) in accuracies {
      var step = JSONLine(event: "step")
      step.add("step", number)
      step.add("step_seconds", 0.5)
      var line = JSONLine(event: "evaluation")
      line.add("step", number)
      line.add("loss", 1 - accuracy)
      line.add("accuracy", accuracy)
      line.add("evaluation_seconds", 1.0)
      lines += [step, line]
    }
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/runs/\(run.directory)", withIntermediateDirectories: true)
    try folder.write(
      lines.map { $0.text + "\n" }.joined(), to: "runs/\(run.directory)/metrics.jsonl")
  }

  @Test("The table has the best first, as far as each has come, with steps and time")
  func table() throws {
    let sweep = try sweep(
      "factor = 2", grid: "optimizer.beta1 = [0.5, 0.6, 0.7, 0.8]", set: ["train.steps=40"])
    let halving = try #require(sweep.halving)
    #expect(halving.rungs.map(\.steps) == [10, 20, 40])
    let reached = [[(10, 0.5)], [(10, 0.7), (20, 0.75)], [(10, 0.6), (20, 0.8)], []]
    for (run, accuracies) in zip(sweep.runs, reached) { try leave(run, accuracies) }
    let table = try HalvingTable(sweep, halving, in: "\(folder.path)/runs")
    #expect(
      table.rows.map(\.variant) == ["beta1=0.7", "beta1=0.6", "beta1=0.5", "beta1=0.8"])
    #expect(table.rows.map(\.values) == [[0.6, 0.8], [0.7, 0.75], [0.5], []])
    #expect(table.rows.map(\.steps) == [20, 20, 10, 0] && table.steps == 50)
    #expect(table.rows[0].seconds == 3 && table.seconds == 7.5)
    // 30 steps are left, at 0.15 s each.
    let left = try #require(table.secondsLeft)
    #expect(abs(left - 4.5) < 1e-9)
    #expect(!table.isFinished && table.plannedSteps == halving.steps)
    let lines = table.markdown.split(separator: "\n")
    #expect(lines[2] == "| beta1=0.7 | 60.00 % | 80.00 % |  | 0:03 |")
    #expect(lines.last?.hasPrefix("50 of 80 steps in 0:08; variants compared: 4 after 10") == true)
    // The runs of the first rung are known although one is still to come.
    let results = try SweepTable(sweep, in: "\(folder.path)/runs").runs
    let progress = HalvingProgress(halving, variants: sweep.variants.map(\.name), results)
    #expect(progress.candidates(of: 0).count == 4)
    #expect(progress.candidates(of: 1) == ["beta1=0.6", "beta1=0.7"])
    #expect(progress.candidates(of: 2) == ["beta1=0.7"])
    #expect(results.map { progress.isOver($0, at: 1) } == [false, true, true, false])
    #expect(results.allSatisfy { !progress.isOver($0, at: 2) })
  }

  @Test(
    "Impossible plans are refused with the reason",
    arguments: [
      ("factor = 1", "factor must be an integer from 2"), ("factor = 10", "there are only 9"),
      ("rungs = 1", "rungs must be an integer from 2"), ("budget = 20", "must be at least 21"),
      ("metric = \"f1\"", "metric must be \"accuracy\" or \"loss\""),
      ("eta = 3", "unknown key eta; the keys here are factor, rungs, budget, metric"),
      ("factor = 3", "needs a budget, or train.steps"),
      ("factor = 1000\nrungs = 20", "20 rungs are too many"),
    ])
  func refused(halving: String, words: String) {
    let error = #expect(throws: ConfigurationError.self) { try sweep(halving) }
    #expect(error?.description.contains(words) == true, "\(error as Any)")
  }

  @Test("Steps that the rungs do not divide, and unequal seeds, are refused with what to write")
  func relations() throws {
    let steps = #expect(throws: ConfigurationError.self) {
      try sweep("factor = 3", set: ["train.steps=1000"])
    }
    #expect(steps?.description.contains("write train.steps=999") == true, "\(steps as Any)")
    let seeds = #expect(throws: ConfigurationError.self) {
      try Sweep(
        file: folder.write(
          """
          config = "images.toml"
          [[variant]]
          name = "a"
          seeds = [0, 1]
          [[variant]]
          name = "b"
          [halving]
          factor = 2
          budget = 100
          """, to: "sweep.toml"))
    }
    #expect(seeds?.description.contains("as many seeds") == true, "\(seeds as Any)")
  }
}
