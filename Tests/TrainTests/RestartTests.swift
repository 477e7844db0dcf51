import Foundation
import TestSupport
import Testing

@testable import Configuration
@testable import Train

/// Which starts go on with which run.
@Suite("Restarts")
struct RestartTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func hasBegun(_ variables: [String: String]) throws -> Bool {
    try Restart(variables).hasBegun(folder.path)
  }

  @Test("A restart knows the run of its own series, a first start and another series do not")
  func launch() throws {
    #expect(try !hasBegun(["GMLP_TRAIN_LAUNCH": "a", "GMLP_TRAIN_RESTART": "1"]))
    try Restart(["GMLP_TRAIN_LAUNCH": "a"]).note(in: folder.path)
    #expect(try hasBegun(["GMLP_TRAIN_LAUNCH": "a", "GMLP_TRAIN_RESTART": "1"]))
    #expect(try !hasBegun(["GMLP_TRAIN_LAUNCH": "a"]))
    #expect(try !hasBegun(["GMLP_TRAIN_LAUNCH": "b", "GMLP_TRAIN_RESTART": "1"]))
    #expect(try !hasBegun(["GMLP_TRAIN_RESTART": "1"]))
    #expect(try !hasBegun([:]))
  }

  @Test("A requeued job knows its own run with any script; another job does not")
  func job() throws {
    try Restart(["GMLP_TRAIN_LAUNCH": "a", "SLURM_JOB_ID": "7"]).note(in: folder.path)
    #expect(
      try hasBegun(["GMLP_TRAIN_LAUNCH": "b", "SLURM_JOB_ID": "7", "SLURM_RESTART_COUNT": "1"]))
    #expect(try hasBegun(["SLURM_JOB_ID": "7", "SLURM_RESTART_COUNT": "2"]))
    #expect(try !hasBegun(["SLURM_JOB_ID": "8", "SLURM_RESTART_COUNT": "1"]))
    // Two commands of one allocation are two runs.
    #expect(try !hasBegun(["GMLP_TRAIN_LAUNCH": "b", "SLURM_JOB_ID": "7"]))
    #expect(
      try !hasBegun(["GMLP_TRAIN_LAUNCH": "b", "GMLP_TRAIN_RESTART": "1", "SLURM_JOB_ID": "7"]))
  }

  @Test("Without a script nothing is noted")
  func alone() throws {
    try Restart([:]).note(in: folder.path)
    #expect(try folder.names(in: folder.path).isEmpty)
  }

  @Test(
    "What is not a number of restarts is refused",
    arguments: ["GMLP_TRAIN_RESTART", "SLURM_RESTART_COUNT"], ["-1", "many", "1.5"])
  func badNumber(name: String, value: String) {
    let error = #expect(throws: CommandError.self) { try Restart([name: value]) }
    #expect(error?.exitCode == 64 && error?.description.hasPrefix("\(name)=\(value): ") == true)
  }

  @Test("The earlier of a run's own limit and the job's deadline counts")
  func deadline() throws {
    let now = ContinuousClock.now
    for (minutes, deadline, end, isDeadline) in [
      (0, 30, 30, true), (1, 30, 30, true), (1, 90, 60, false), (0, nil, nil, false),
    ] as [(Double, Double?, Double?, Bool)] {
      let clock = RunClock(
        minutes: minutes, from: now, deadline: deadline.map { now + .seconds($0) },
        checkpointBytes: 0, megabytesPerSecond: nil)
      // It stops earlier by half as much again as a stop takes at most.
      let stop = end.map { now + .seconds($0) - .seconds(1.5 * clock.stopSeconds) }
      #expect(clock.stop == stop && clock.isDeadline == isDeadline)
    }
    for text in ["tomorrow", "-5", "nan", "1e99"] {
      let error = #expect(throws: CommandError.self) {
        _ = try Deadline.read(["GMLP_TRAIN_DEADLINE": text])
      }
      #expect(error?.exitCode == 64)
    }
    for text in ["0", "128", "300", "-1", "early"] {
      let error = #expect(throws: CommandError.self) {
        _ = try Deadline.read([
          "GMLP_TRAIN_DEADLINE": "1", "GMLP_TRAIN_DEADLINE_EXIT_CODE": text,
        ])
      }
      #expect(error?.exitCode == 64)
      #expect(error?.description.hasPrefix("GMLP_TRAIN_DEADLINE_EXIT_CODE=\(text): ") == true)
    }
    #expect(try Deadline.read([:]) == nil, "no deadline")
    let later = try #require(
      try Deadline.read(["GMLP_TRAIN_DEADLINE": "\(Date().timeIntervalSince1970 + 3_600)"]))
    #expect(now + .seconds(3_590) < later.time)
  }
}
