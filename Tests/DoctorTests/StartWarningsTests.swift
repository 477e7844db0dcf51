import Foundation
import RunSupport
import Testing

/// What the start of a run says of the same traps.
extension DoctorCommandTests {
  @Test(
    "A run prints real problems once at its start, and nothing else",
    .enabled(if: hasTwo, "needs two processors"))
  func start() async throws {
    let ranks = ProcessInfo.processInfo.activeProcessorCount + 1
    let crowded = try await train([], ranks: ranks, [:])
    #expect(crowded.exitCode == 0 && crowded.told.isEmpty, "\(crowded)")
    let lines = crowded.warningsOfMachine.filter { $0.contains("warning: threads: ") }
    #expect(lines.count == 1 && lines[0].contains(": they take turns, and give way"), "\(crowded)")
    let confined = try await train([], ranks: 3, ["OMP_PROC_BIND": "true"])
    #expect(confined.exitCode == 0, "\(confined)")
    let traps = confined.standardError.split(separator: "\n")
    #expect(traps.count == 1, "\(confined)")
    #expect(traps.first?.hasPrefix("gmlp-train: warning: binding: 3 ranks with 3 ") == true)
    #expect(traps.first?.hasSuffix(" -> unset OMP_PROC_BIND") == true)
  }

  @Test("Settings without effect or sense are reported at the start and by the doctor")
  func settings() async throws {
    let odd = [
      "schedule.warmup_steps=50", "augment.crop_padding=9", "model.sequence_length=9",
      "train.micro_batch_size=16",
    ].flatMap { ["--set", $0] }
    let run = try await train(odd + ["--threads", "2", "--quiet"], ranks: nil, [:])
    #expect(run.exitCode == 0, "\(run)")
    let lines =
      run.standardError.split(separator: "\n").map(String.init)
      + run.warningsOfMachine.filter { $0.contains("warning: settings: ") }
    #expect(lines.count == 4, "\(run)")
    let doctor = try await doctor(
      odd + ["--threads", "2", "--set", "train.steps=1"], ranks: nil)
    for words in [
      "a step has 1 micro-batch for 2 workers: 1 of them",
      "schedule.warmup_steps = 50 and the run",
      "augment.crop_padding = 9 with images of 8 × 8", "model.sequence_length = 9 has no effect",
    ] {
      #expect(lines.contains { $0.contains("warning: settings: \(words)") }, "\(words): \(run)")
      #expect(doctor.said("warn", "settings", words, " -> "), "\(doctor)")
    }
  }

  @Test("bf16 that is slower than fp32 is reported unless products were chosen")
  func half() async throws {
    // oneDNN takes this for a processor without the instructions.
    let older = ["ONEDNN_MAX_CPU_ISA": "AVX512_CORE"]
    let bf16 = ["--set", "train.precision=bf16"]
    let text = "train.precision = \"bf16\" is slower than fp32"
    let run = try await train(bf16, ranks: nil, older)
    #expect(run.exitCode == 0, "\(run)")
    let lines = run.warningsOfMachine.filter { $0.contains("warning: kernels: \(text)") }
    #expect(lines.count == 1, "\(run)")
    let doctor = try await doctor(bf16, ranks: nil, environment: older)
    #expect(doctor.said("warn", "kernels", text, " -> --set train.precision=auto"), "\(doctor)")
    let automatic = try await train(
      ["--set", "train.precision=auto", "--set", "train.products=portable"], ranks: nil, [:])
    #expect(!automatic.warningsOfMachine.contains { $0.contains("bf16") }, "\(automatic)")
    #expect(automatic.standardOutput.contains(", portable products, fp32, "), "\(automatic)")
  }

  private func train(
    _ options: [String], ranks: Int?, _ environment: [String: String]
  ) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train",
      arguments: arguments(["--steps", "1", "--resume", "never"] + options, "run"), ranks: ranks,
      environment: environment.merging(["OMPI_MCA_orte_execute_quiet": "1"]) { $1 },
      directory: files.path)
  }
}
