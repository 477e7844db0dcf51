import ArgumentParser
import Comm
import Configuration
import Doctor
import Files
import Foundation
import Platform
import Reporting
import Train

/// `gmlp-train doctor`: what would go wrong in a long run here.
struct DoctorCommand: ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check a machine or cluster for problems before a long run.",
    discussion: """
      gmlp-train doctor                              this machine, one process
      mpirun -n 8 gmlp-train doctor --config c.toml  eight ranks, as planned

      Start it the way you will start the run. It prints one line per check: ok, warn (may be \
      intended) or FAIL (a run would fail, hang or crawl). The remedy follows an arrow. About \
      16 MB are written to the run directory's disk and removed; a run in it is not disturbed.

      The exit code is 0 if nothing failed, 64 if something did, and 76 if a rank does not \
      answer. docs/operations/doctor.md explains the checks.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(help: "The folder of the run. (default: runs/<configuration name>)")
  var runDir: String?

  @Option(help: "Worker threads per rank.")
  var threads: Int?

  @Option(help: "How long ranks wait for each other, in seconds.")
  var deadline = 30.0

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    try WorkerNumbers.check(threads: threads)
    guard (1...86_400).contains(deadline) else {
      throw ValidationError("--deadline \(deadline): must be at least 1 and at most 86400 seconds")
    }
  }

  func run() throws {
    let loaded = Result { () throws(ConfigurationError) in
      try options.load(overrides: threads.map { ["train.threads=\($0)"] } ?? [])
    }
    let computeThreads =
      switch loaded {
      case .success(let configuration): configuration.train.threads
      case .failure: 1
      }
    World.run(computeThreads: computeThreads) { communication in
      let configuration = try StartAgreement.agree(on: loaded, communication)
      let output = Output(json: json)
      let isSpeaker = communication.rank == 0
      let doctor = try Doctor(
        configuration, runDirectory: runDir ?? "runs/\(options.name)", deadlineSeconds: deadline,
        communication
      ) { finding in
        if isSpeaker && !json { output.show(finding) }
      }
      if isSpeaker {
        try output.give(doctor, doctor.summary)
      }
      return (doctor.failed == 0 ? ExitCode.done : .usage).rawValue
    }
  }
}

extension Output {
  /// Shows one finding at once.
  fileprivate func show(_ finding: Finding) {
    let verdict = finding.verdict == .fail ? "FAIL" : finding.verdict.rawValue
    let columns = [(verdict, 6), (finding.check, 15)].map { word, width in
      word + String(repeating: " ", count: max(1, width - word.count))
    }
    let line = columns.joined() + printable(finding.text)
    let hasColours = Terminal.hasColours(
      hasLauncher: CommunicationThread.isMPIInitialized, descriptor: STDOUT_FILENO)
    guard hasColours, let colour = finding.verdict.colour else { return say(line) }
    write("\u{1B}[\(colour)m\(verdict)\u{1B}[0m\(line.dropFirst(verdict.count))\n")
  }
}

extension Finding.Verdict {
  /// The number by which terminals know its colour; nil for the usual one.
  fileprivate var colour: Int? {
    switch self {
    case .ok: nil
    case .warn: 33
    case .fail: 31
    }
  }
}

extension Doctor {
  /// The last line.
  fileprivate var summary: String {
    let counts = "\(failed) failed, \(counted(warnings, "warning"))"
    return ranks > 1
      ? counts
      : "\(counts); mpirun -n N gmlp-train doctor also checks the connections between ranks"
  }
}
