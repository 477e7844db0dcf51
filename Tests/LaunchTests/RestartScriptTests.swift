import Foundation
import RunSupport
import TestSupport
import Testing

/// Restarts by the launch scripts, of runs that were started with another `--resume` than auto.
@Suite("Restarts by scripts", .serialized, .timeLimit(.minutes(60)))
struct RestartScriptTests {
  private static let settings = ["train.checkpoint_every=20"]

  private let folder: LaunchFolder

  init() throws {
    folder = try LaunchFolder()
  }

  /// Trains 60 steps in `run`; an older run with other weights is there already.
  private func train(_ fault: String, _ resume: [String], ranks: Int = 1) async throws -> MPIRun {
    let old = try await folder.startDigits(
      ranks: 1, steps: 60, settings: Self.settings + ["seed=7"]
    ).finish()
    #expect(old.exitCode == 0, "\(old)")
    let run = try await folder.startDigits(
      ranks: ranks, restarts: 2, steps: 60, environment: ["GMLP_TRAIN_FAULT": fault], more: resume,
      settings: Self.settings
    ).finish()
    #expect(run.exitCode == 0, "\(run)")
    #expect(run.standardError.contains("restart 1 of 2"), "\(run)")
    let undisturbed = try await folder.startDigits(
      ranks: 1, steps: 60, runDirectory: "undisturbed", settings: Self.settings
    ).finish()
    #expect(run.weights != nil && run.weights == undisturbed.weights, "\(run)")
    return run
  }

  private var runDirectories: Set<String> {
    get throws {
      Set(
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
          .filter { $0.hasPrefix("run") })
    }
  }

  @Test(
    "A restart continues the run that was begun, however --resume never is written",
    arguments: [["--resume", "never"], ["--resume=never"]], [1, 2])
  func goesOn(resume: [String], ranks: Int) async throws {
    let run = try await train("0:backward:50:kill", resume, ranks: ranks)
    #expect(run.standardOutput.contains(/resumed after step (20|40)/), "\(run)")
    #expect(run.standardOutput.contains("run: restart 1 continues this run"), "\(run)")
    #expect(try runDirectories == ["run", "run.1"])
  }

  @Test("Killed before its first checkpoint, a run starts over and moves nothing aside twice")
  func beforeCheckpoint() async throws {
    let run = try await train("0:forward:5:kill", ["--resume=never"])
    #expect(!run.standardOutput.contains("resumed after"), "\(run)")
    #expect(try runDirectories == ["run", "run.1"])
  }

  @Test("Killed before the old run was moved aside, the restart moves it")
  func beforeDirectory() async throws {
    let run = try await train("0:start:*:kill", ["--resume", "never"])
    #expect(!run.standardOutput.contains("resumed after"), "\(run)")
    #expect(run.standardOutput.contains("run: the old run is now run.1"), "\(run)")
    #expect(try runDirectories == ["run", "run.1"])
  }

  @Test("A branch of another run resumes from its own newest checkpoint, if it has one")
  func branch() async throws {
    let whole = try await folder.startDigits(
      ranks: 1, steps: 60, runDirectory: "whole", settings: Self.settings + ["train.keep=9"]
    ).finish()
    #expect(whole.exitCode == 0, "\(whole)")
    let from = "whole/checkpoints/step-0000000020"
    for (place, resumed) in [
      ("forward:25", "resumed after step 20"),
      // Checkpoints are written one after the other: that of step 40 is there.
      ("create:60", "resumed after step 40"),
    ] {
      let ended = try await folder.startDigits(
        ranks: 1, restarts: 1, steps: 60, runDirectory: place.replacing(":", with: "-"),
        environment: ["GMLP_TRAIN_FAULT": "0:\(place):kill"], more: ["--resume=\(from)"],
        settings: Self.settings
      ).finish()
      #expect(ended.exitCode == 0 && ended.weights == whole.weights, "\(ended)")
      let lines = ended.standardOutput.split(separator: "\n").filter { $0.hasPrefix("resumed") }
      #expect(lines.last?.hasPrefix(resumed) == true, "\(ended)")
    }
  }

  @Test("A second command is a first start again")
  func secondCommand() async throws {
    for _ in 1...2 {
      let run = try await folder.startDigits(
        ranks: 1, restarts: 1, steps: 20, environment: ["GMLP_TRAIN_FAULT": "0:forward:5:kill"],
        more: ["--resume=never"], settings: Self.settings
      ).finish()
      #expect(run.exitCode == 0, "\(run)")
    }
    #expect(try runDirectories == ["run", "run.1"])
  }
}
