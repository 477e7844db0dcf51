import ArgumentParser
import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Hardware
@testable import Train
@testable import gmlp_train

/// The program starts again where OpenBLAS has chosen kernels for a poorer processor.
@Suite("The choice of kernels", .timeLimit(.minutes(60)))
struct KernelChoiceTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
  }

  private static let training = [
    "--config", "digits.toml", "--run-dir", "run", "--set", "train.products=openblas",
  ]

  private func run(
    _ arguments: [String] = training, ranks: Int? = nil, environment: [String: String] = [:]
  ) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: arguments, ranks: ranks, environment: environment,
      directory: folder.path)
  }

  /// Runs the program where OpenBLAS says that its kernels are for `core`, also after it is loaded again.
  private func run(core: String, environment: [String: String] = [:]) async throws -> MPIRun {
    let preload = [
      "LD_PRELOAD": try Programs.product("libFileFaults.so").path, "GMLP_TEST_CORE": core,
    ]
    return try await run(environment: environment.merging(preload) { $1 })
  }

  @Test(
    "With no variable set, every rank's kernels use the processor's vectors",
    .enabled(if: LibraryKernels().chooseByFeatures, "needs OpenBLAS 0.3.20 with DYNAMIC_ARCH"),
    arguments: [nil, 3])
  func better(ranks: Int?) async throws {
    let run = try await run(ranks: ranks)
    #expect(run.exitCode == 0, "\(run)")
    #expect(!run.warningsOfMachine.contains { $0.contains("warning: kernels") }, "\(run)")
    let line = try #require(run.standardOutput.firstMatch(of: #/products by OpenBLAS \((\w+)\), /#))
    // The processor is called by its own name, not by that of the kernels.
    #expect(run.standardOutput.contains("\n\(ProcessorFacts.modelHere), products by"), "\(run)")
    let metrics = try folder.text(of: "run/metrics.jsonl")
    #expect(metrics.contains("\"processor\":\"\(ProcessorFacts.modelHere)\""), "\(metrics)")
    var kernels = LibraryKernels()
    kernels.core = String(line.1)
    #expect(!kernels.arePoor, "\(run)")
  }

  @Test(
    "Slow kernels are reported in one line with the fix, and the program restarts only once",
    .enabled(if: LibraryKernels().chooseByFeatures, "needs OpenBLAS 0.3.20 with DYNAMIC_ARCH"),
    .enabled(if: LibraryKernels().processor > .sse, "needs a processor with AVX"))
  func poor() async throws {
    let run = try await run(core: "Prescott")
    #expect(run.exitCode == 0, "\(run)")
    let lines = run.warningsOfMachine.filter { $0.contains("warning: kernels") }
    #expect(lines.count == 1, "\(run)")
    let line = try #require(lines.first)
    #expect(line.contains("for Prescott (SSE)"), "\(run)")
    // It has started again, so that the variable would not help.
    #expect(line.hasSuffix("install OpenBLAS 0.3.25 or newer"), "\(run)")
  }

  @Test("The user's own choice stays")
  func chosen() async throws {
    let run = try await run(core: "Prescott", environment: ["OPENBLAS_CORETYPE": "Prescott"])
    #expect(run.exitCode == 0, "\(run)")
    if LibraryKernels().processor > .sse {
      let cure = "unset OPENBLAS_CORETYPE (it is 'Prescott')"
      #expect(run.warningsOfMachine.contains { $0.contains(cure) }, "\(run)")
    }
    #expect(run.standardOutput.contains("products by OpenBLAS (Prescott), "), "\(run)")
  }

  @Test("A restarted process keeps standard input, arguments, closed descriptors and exit codes")
  func inherited() async throws {
    // Only the program itself, for bash needs no other libraries.
    let library = try Programs.product("libFileFaults.so").path
    let program = #"env LD_PRELOAD='\#(library)' GMLP_TEST_CORE=Prescott "$@""#
    let read = try await shell(
      "\(program) <digits.toml",
      ["--config", "/dev/stdin", "--run-dir", "a b", "--stop-after", "3"], in: folder.path)
    #expect(read.exitCode == 75, "\(read)")
    #expect(FileManager.default.fileExists(atPath: "\(folder.path)/a b/metrics.jsonl"))
    let refused = try await shell(
      program, ["--config", "digits.toml", "--set", "train.threads=0"], in: folder.path)
    #expect(refused.failed(64, "train.threads"), "\(refused)")
    let closed = try await shell(
      "\(program) >&-", ["benchmark", "--config", "digits.toml", "--steps", "1"], in: folder.path)
    #expect(closed.failed(74, "standard output is closed"), "\(closed)")
  }

  @Test("Only the commands that multiply matrices choose kernels")
  func commands() {
    let computing = GMLPTrain.configuration.subcommands
      .filter { $0 is any ComputingCommand.Type }.compactMap { $0.configuration.commandName }
    #expect(
      Set(computing) == [
        "train", "evaluate", "predict", "benchmark", "replay", "compare", "report", "doctor",
      ])
  }
}
