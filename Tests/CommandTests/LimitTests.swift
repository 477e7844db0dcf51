import Foundation
import RunSupport
import TestSupport
import Testing

/// Limits and signals that a parent leaves to the program.
@Suite("Inherited limits", .serialized, .timeLimit(.minutes(60)))
struct LimitTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
  }

  private func run(_ line: String, _ arguments: String...) async throws -> MPIRun {
    try await shell(line, arguments, environment: Programs.twoBuffers, in: folder.path)
  }

  private func hiddenNames() throws -> [String] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return names.filter { $0.contains("/.") || $0.hasPrefix(".") }
  }

  @Test("A file size limit below a checkpoint's size fails the start in one line with 74")
  func fileSize() async throws {
    for kilobytes in [1, 8, 16] {
      let train = try await run(
        "ulimit -f \(kilobytes); \"$@\"", "--config", "digits.toml", "--run-dir", "run")
      #expect(train.failed(74, "ulimit -f"), "\(train)")
      #expect(train.standardOutput.isEmpty)
    }
    let ranks = try await run(
      "ulimit -f 1000; mpirun -n 2 \"$@\"", "--config", "digits.toml", "--run-dir", "run")
    #expect(ranks.failed(74, "ulimit -f"), "\(ranks)")
    #expect(try hiddenNames().isEmpty)
  }

  @Test("Reaching the file size limit during a run is a disk error and leaves nothing behind")
  func fileSizeUnderWay() async throws {
    let prepare = try await run(
      "ulimit -f 8; \"$@\"", "prepare", "--format", "digits", "--output", "set")
    #expect(prepare.failed(74, "File too large", "ulimit -f"), "\(prepare)")
    let doctor = try await run(
      "ulimit -f 8; \"$@\"", "doctor", "--config", "digits.toml", "--run-dir", "run")
    #expect(
      doctor.exitCode == 64 && doctor.standardOutput.contains("-> ulimit -f unlimited"), "\(doctor)"
    )
    #expect(try hiddenNames().isEmpty)
  }

  @Test(
    "Too little memory for the libraries' buffers or for the run is reported in one line",
    arguments: ["ulimit -v", "ulimit -d"])
  func memory(command: String) async throws {
    // From what hardly loads the program to what is enough: each start ends, and says why.
    var (trained, examined): ([Int32], [Int32]) = ([], [])
    var lastExamination = ""
    for megabytes in [220, 350, 500, 650, 4_000] {
      let limit = "\(command) \(megabytes)000; \"$@\""
      let train = try await run(
        limit, "--config", "digits.toml", "--run-dir", "run-\(megabytes)", "--set",
        "train.hang_timeout=300", "--set", "train.products=openblas")
      trained.append(train.exitCode)
      #expect([0, 64, 70].contains(train.exitCode), "\(train)")
      #expect(train.exitCode == 0 || train.standardError.contains(command), "\(train)")
      let doctor = try await run(
        limit, "doctor", "--config", "digits.toml", "--run-dir", "run-\(megabytes)", "--set",
        "train.products=openblas")
      examined.append(doctor.exitCode)
      lastExamination = doctor.standardOutput
      #expect([0, 64, 70].contains(doctor.exitCode), "\(doctor)")
    }
    #expect(trained.first != 0 && trained.last == 0, "\(trained)")
    #expect(examined.first != 0 && examined.last == 0, "\(examined) \(lastExamination)")
    #expect(examined.contains(64), "\(examined)")
    let version = try await run("\(command) 250000; \"$@\"", "--version")
    #expect(version.exitCode == 0, "\(version)")
  }

  @Test("Only OpenBLAS is refused for the lack of memory for its buffers")
  func buffers() async throws {
    // The C library would reserve the address space for heaps of threads.
    let limit = "ulimit -v 1000000; MALLOC_ARENA_MAX=1 \"$@\""
    for products in ["portable", "openblas"] {
      let (run, threads) = ("run-\(products)", ["--threads", "8"])
      let settings = ["--set", "train.products=\(products)"] + threads
      let train = try await shell(
        limit, ["--config", "digits.toml", "--run-dir", run] + settings,
        environment: Programs.twoBuffers, in: folder.path)
      let isRefused = train.failed(64, "OpenBLAS needs 1073 MB", "ulimit -v")
      #expect(products == "portable" ? train.exitCode == 0 : isRefused, "\(train)")
    }
    let evaluate = try await run(
      limit, "evaluate", "--run-dir", "run-portable", "--threads", "8")
    #expect(evaluate.exitCode == 0, "\(evaluate)")
  }

  @Test("Ranks with limited memory train, or end with an error")
  func memoryOfRanks() async throws {
    for megabytes in [600, 1_000, 4_000] {
      let train = try await run(
        "ulimit -v \(megabytes)000; mpirun -n 2 \"$@\"", "--config", "digits.toml", "--run-dir",
        "run-\(megabytes)", "--set", "train.hang_timeout=300")
      // Where MPI has no room for its own start, it ends the ranks before they can say anything.
      let isEndedByMPI = train.exitCode == 1 && train.standardError.contains("PMIX ERROR")
      #expect([0, 64, 70].contains(train.exitCode) || isEndedByMPI, "\(train)")
      #expect(
        train.exitCode == 0 || isEndedByMPI || train.standardError.contains("ulimit -v"),
        "\(train)")
      #expect(megabytes < 4_000 || train.exitCode == 0, "\(train)")
    }
  }

  @Test("A stack that is too small is reported", arguments: ["ulimit -s 64", "ulimit -S -s 64"])
  func smallStack(command: String) async throws {
    let ended = try await run(
      "\(command); \"$@\"", "--config", "digits.toml", "--run-dir", "run")
    #expect(ended.failed(64, "64 kB (ulimit -s)"), "\(ended)")
  }

  @Test("The smallest accepted stack is large enough")
  func leastStack() async throws {
    let ended = try await run(
      "ulimit -s 256; \"$@\"", "--config", "digits.toml", "--run-dir", "run")
    #expect(ended.exitCode == 0, "\(ended)")
  }

  @Test("A signal that the parent blocked is received")
  func blocked() async throws {
    let run = try StartedRun(
      executable: "/usr/bin/env",
      arguments: [
        "--block-signal=USR2", try Programs.product("gmlp-train").path, "--config", "digits.toml",
        "--run-dir", "run", "--steps", "1000000",
      ], ranks: nil, directory: folder.path)
    try await run.wait(forOutput: "step 1/")
    run.send(SIGUSR2)
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended)")
  }

  @Test("Losing the terminal saves and stops the run, except under nohup")
  func hangUp() async throws {
    for (signals, stops) in [([SIGHUP], true), ([SIGHUP, SIGUSR2], false)] {
      let program = try Programs.product("gmlp-train").path
      // The tests may have been started under nohup themselves.
      let options = [stops ? "--default-signal=HUP" : "--ignore-signal=HUP"]
      let run = try StartedRun(
        executable: "/usr/bin/env",
        arguments: options + [
          program, "--config", "digits.toml", "--run-dir", "run-\(stops)", "--steps", "1000000",
          "--set", "train.checkpoint_every=0",
        ], ranks: nil, directory: folder.path)
      try await run.wait(forOutput: "step 1/")
      for signal in signals { run.send(signal) }
      let ended = try await run.finish()
      #expect(ended.exitCode == 75, "\(ended)")
    }
  }

  @Test("Reaching the limit on processor time saves a checkpoint")
  func processorTime() async throws {
    let ended = try await run(
      "ulimit -t 10; \"$@\"", "--config", "digits.toml", "--run-dir", "run", "--steps", "100000000")
    #expect(ended.exitCode == 75, "\(ended)")
    let verified = try await command("checkpoints", "verify", "run", in: folder.path)
    #expect(verified.exitCode == 0, "\(verified)")
  }
}
