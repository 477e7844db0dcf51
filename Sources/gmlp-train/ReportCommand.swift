import ArgumentParser
import Comm
import Configuration
import Files
import Foundation
import Inspection
import Platform
import Train

/// `gmlp-train report`: a page about runs.
struct ReportCommand: ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a page about one or more runs.",
    discussion: """
      gmlp-train report runs/digits
      gmlp-train report runs/digits --evaluate
      gmlp-train report runs/a runs/b --output both.html

      The page is one HTML file that needs no network and no script: result, curves, speed, ranks, \
      checkpoints, faults, environment, learned weights and configuration. Curves of several runs are \
      drawn over each other. --evaluate adds confusion matrix, worst classes and sample predictions. \
      Exit codes: 0 written, 65 missing or damaged, 74 cannot be written.
      """)

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to write the page. (default: report.html in the directory of the first run)",
      valueName: "file"),
    completion: .file(extensions: ["html"]))
  var output: String?

  @Flag(help: "Evaluate the best weights on the test set.")
  var evaluate = false

  @Option(help: "Worker threads of the evaluation.")
  var threads = 1

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Argument(
    help: ArgumentHelp("Run directories.", valueName: "run"), completion: .directory)
  var directories: [String]

  func validate() throws {
    try WorkerNumbers.check(threads: threads)
  }

  func run() throws {
    World.run(computeThreads: threads) { communication in
      guard communication.size == 1 else {
        throw CommandError(
          "report runs in one process; start it without mpirun", exitCode: .usage)
      }
      // Before a page is made for nothing.
      guard FileManager.default.fileExists(atPath: directories[0] + "/") else {
        throw CommandError(
          "\(directories[0]): no such folder; name a run directory", exitCode: .badData)
      }
      let folder = SystemPath.withoutSlashes(directories[0])
      let file = try ResultFile(output ?? "\(folder)/report.html")
      let report = try CommandError.catching {
        try RunReport(
          directories, evaluatingOn: evaluate ? communication : nil, threads: threads,
          warning: StandardError.write)
      }.get()
      let bytes = Array(report.html.utf8)
      try file.write(bytes)
      let written = WrittenReport(path: file.path, bytes: bytes.count, runs: report.runs)
      try Output(json: json).give(written, written.text)
      return ExitCode.done.rawValue
    }
  }
}

/// What the command tells of the page.
private struct WrittenReport: Encodable {
  let path: String
  let bytes: Int
  let runs: [RunReport.Run]

  var text: String {
    let lines = runs.map { run in
      let best = run.bestValue.map { ", best \(Self.words(run.bestMetric ?? "", $0))" } ?? ""
      return printable("\(run.directory): \(run.verdict) after step \(run.steps)\(best)")
    }
    return (lines + [printable("report: \(path)") + ", \(Numbers.megabytes(bytes))"])
      .joined(separator: "\n")
  }

  private static func words(_ metric: String, _ value: Double) -> String {
    "\(metric) \(metric == "loss" ? Numbers.loss(value) : Numbers.percent(value))"
  }
}
