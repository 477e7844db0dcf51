import Foundation
import RunSupport
import TestSupport
import Testing

/// Ranks whose libraries would compute other bits, although program, configuration and data agree.
@Suite("Ranks with other libraries", .serialized, .timeLimit(.minutes(60)))
struct MachineTests {
  private static let digits = [
    "--config", PackageFolder.url.appending(path: "configs/digits.toml").path,
  ]

  /// Starts two ranks, the second with `variable`.
  private func run(_ variable: String, _ arguments: [String]) async throws -> MPIRun {
    try await run([variable], arguments)
  }

  private func run(_ variables: [String], _ arguments: [String]) async throws -> MPIRun {
    let program = try Programs.product("gmlp-train").path
    return try await MPIRun(
      executable: "/usr/bin/env",
      groups: [
        RankGroup(ranks: 1, arguments: [program] + arguments),
        RankGroup(ranks: 1, arguments: variables + [program] + arguments),
      ], environment: ["OMPI_MCA_orte_execute_quiet": "1"])
  }

  @Test(
    "A setting that changes bits on one rank alone is refused by training, evaluation and doctor",
    arguments: [
      ("ONEDNN_CPU_ISA_HINTS=PREFER_YMM", "setting of the libraries"),
      ("GLIBC_TUNABLES=glibc.cpu.x86_shstk=off", "setting of the libraries"),
      ("OPENBLAS_BLOCK_FACTOR=50", "setting of the libraries"),
      ("OPENBLAS_CORETYPE=Nehalem", "choice of OpenBLAS kernels"),
      ("ONEDNN_MAX_CPU_ISA=SSE41", "choice of oneDNN kernels"),
    ])
  func refused(variable: String, name: String) async throws {
    let trained = try await TrainedDigits()
    let folder = trained.folder.path
    let products = ["--set", "train.products=onednn"]
    for arguments in [
      ["--run-dir", "\(folder)/new"] + Self.digits + products,
      ["evaluate", "--run-dir", "\(folder)/run"] + products,
    ] {
      let run = try await run(variable, arguments)
      #expect(run.exitCode == 64, "\(run)")
      #expect(run.standardError.contains("rank 1 on "), "\(run.standardError)")
      #expect(run.standardError.contains("the \(name) differs from rank 0's ("))
      #expect(run.standardError.contains("or train.products=portable"), "\(run)")
    }
    let doctor = try await run(
      variable, ["doctor", "--run-dir", "\(folder)/new"] + Self.digits + products)
    #expect(doctor.standardOutput.contains("the \(name) is "), "\(doctor)")
  }

  @Test("Another version or build of OpenBLAS on one rank is refused, whatever kernels it chose")
  func otherLibrary() async throws {
    let folder = try await TrainedDigits().folder
    let other = [
      "LD_PRELOAD=\(try Programs.product("libFileFaults.so").path)",
      "GMLP_TEST_CONFIG=OpenBLAS 0.3.99 DYNAMIC_ARCH NO_AFFINITY MAX_THREADS=64",
    ]
    for arguments in [
      ["--run-dir", "\(folder.path)/new"] + Self.digits,
      ["evaluate", "--run-dir", "\(folder.path)/run"],
    ] {
      let run = try await run(other, arguments + ["--set", "train.products=openblas"])
      #expect(run.exitCode == 64, "\(run)")
      #expect(
        run.standardError.contains("the BLAS library differs from rank 0's (OpenBLAS 0.3.99"),
        "\(run)")
    }
    withExtendedLifetime(folder) {}
  }

  @Test("With portable products the libraries may differ")
  func portable() async throws {
    let folder = try TemporaryFolder()
    var digests: Set<String> = []
    for variable in [
      "OPENBLAS_CORETYPE=Nehalem", "ONEDNN_MAX_CPU_ISA=SSE41", "OPENBLAS_BLOCK_FACTOR=50",
    ] {
      let run = try await run(
        variable,
        ["--run-dir", "\(folder.path)/run", "--resume", "never", "--stop-after", "22"]
          + Self.digits)
      #expect(run.exitCode == 75, "\(run)")
      digests.insert(try run.digest)
    }
    #expect(digests.count == 1)
  }

  @Test("Settings that change no bit may differ, and bf16 settings have no effect in fp32")
  func harmless() async throws {
    let folder = try TemporaryFolder()
    var digests: Set<String> = []
    for variable in ["ONEDNN_VERBOSE=0", "ONEDNN_DEFAULT_FPMATH_MODE=ANY", "OPENBLAS_VERBOSE=0"] {
      let run = try await run(
        variable,
        ["--run-dir", "\(folder.path)/run", "--resume", "never", "--stop-after", "22"]
          + Self.digits + ["--set", "train.products=onednn"])
      #expect(run.exitCode == 75, "\(run)")
      digests.insert(try run.digest)
    }
    #expect(digests.count == 1)
  }
}
