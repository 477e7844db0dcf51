import Foundation
import RunSupport
import TestSupport
import Testing

/// Each trap is set, and has to be found with its remedy.
///
/// Nothing is said here of busy cores that are idle: tests share their machine with others.
@Suite("The doctor", .serialized, .timeLimit(.minutes(60)))
struct DoctorCommandTests {
  let files: GoodFiles

  init() throws {
    files = try GoodFiles()
  }

  @Test("On a good machine nothing fails, and nothing is left behind", arguments: [nil, 1, 3])
  func clean(ranks: Int?) async throws {
    let before = try FileManager.default.contentsOfDirectory(atPath: files.path).sorted()
    let run = try await doctor([], ranks: ranks)
    #expect(run.exitCode == 0, "\(run)")
    #expect(run.standardError.isEmpty)
    let lines = run.standardOutput.split(separator: "\n")
    #expect(lines.allSatisfy { $0.hasPrefix("ok ") || $0.hasPrefix("warn ") || $0 == lines.last })
    #expect(lines.last?.hasPrefix("0 failed, ") == true)
    #expect(lines.last?.contains("mpirun -n N") == (ranks != 3))
    #expect(try FileManager.default.contentsOfDirectory(atPath: files.path).sorted() == before)
  }

  @Test("Each check reports, also as JSON")
  func json() async throws {
    let run = try await doctor(["--json"], ranks: 2)
    #expect(run.exitCode == 0, "\(run)")
    let object = try run.object()
    #expect(object["failed"] as? Int == 0 && object["ranks"] as? Int == 2)
    let checks = try #require(object["checks"] as? [[String: String]])
    // Only a container has a quota.
    #expect(
      Set(checks.compactMap { $0["check"] }).subtracting(["quota"]) == [
        "binding", "threads", "shared memory", "memory", "disk", "root", "equality", "processors",
        "kernels", "settings",
        "other jobs", "mapped memory", "single copy", "busy cores", "products", "speed",
        "run directory", "file system", "network",
      ])
    for check in checks {
      #expect((check["verdict"] == "ok") == (check["cure"] == nil), "\(check)")
    }
  }

  @Test(
    "Ranks bound to one processor have none for a second thread",
    .enabled(if: hasTwo, "needs two processors"))
  func binding() async throws {
    let policy = ["OMPI_MCA_hwloc_base_binding_policy": "core"]
    let run = try await doctor(["--threads", "2"], ranks: 2, environment: policy)
    #expect(
      run.found("FAIL", "binding", "2 compute threads on processor", "--bind-to none"), "\(run)")
    // What two bound ranks of one thread have is enough; other jobs may be bound there too.
    let enough = try await doctor([], ranks: 2, environment: policy)
    #expect(!enough.said("FAIL", "binding"), "\(enough)")
    #expect(enough.said("warn", "binding", "1 compute thread on processor 0"), "\(enough)")
  }

  @Test(
    "Two jobs bound to one processor find each other", .enabled(if: hasTwo, "needs two processors"))
  func rivals() async throws {
    let program = try Programs.product("gmlp-train").path
    let other = try StartedRun(
      executable: "/usr/bin/taskset",
      arguments: ["-c", "0", program] + arguments(["--steps", "1000000"], "run"), ranks: nil,
      directory: files.path)
    try await other.wait(forOutput: "processors 0")
    let run = try await MPIRun(
      executable: "/usr/bin/taskset",
      arguments: ["-c", "0", program, "doctor"] + arguments([], "other"), ranks: nil,
      directory: files.path)
    other.send(SIGUSR2)
    #expect(try await other.finish().exitCode == 75)
    #expect(
      run.found("FAIL", "other jobs", "processor 0", "(process \(other.processID))"), "\(run)")
  }

  @Test(
    "OpenMP variables that bind the whole process are named",
    .enabled(if: hasTwo, "needs two processors"))
  func openMP() async throws {
    let run = try await doctor([], ranks: 2, environment: ["OMP_PROC_BIND": "true"])
    #expect(run.found("FAIL", "binding", "2 ranks", "-> unset OMP_PROC_BIND"), "\(run)")
    #expect(run.said("warn", "threads", "OMP_PROC_BIND=true", "-> unset OMP_PROC_BIND"))
  }

  @Test("Too many ranks are a warning, and an error if they do not yield")
  func oversubscribed() async throws {
    let ranks = ProcessInfo.processInfo.activeProcessorCount + 1
    let run = try await doctor([], ranks: ranks)
    #expect(run.exitCode == 0, "\(run)")
    #expect(run.said("warn", "threads", " × 1 compute thread for "))
    let spinning = try await doctor(
      [], ranks: ranks,
      environment: ["OMPI_MCA_mpi_yield_when_idle": "0"])
    #expect(
      spinning.found("FAIL", "threads", "do not give way", "OMPI_MCA_mpi_yield_when_idle"),
      "\(spinning)")
  }

  @Test(
    "A small disk is measured against the checkpoints",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"))
  func smallDisk() async throws {
    try await withDisk(kilobytes: 400) { _ in
      let run = try await doctor(
        ["--set", "model.d_model=128", "--set", "model.d_ffn=256"], ranks: nil)
      #expect(run.found("FAIL", "disk", "checkpoint of", "choose another --run-dir"), "\(run)")
    }
  }

  @Test(
    "A run directory that cannot be written is found",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"), arguments: [nil, 2])
  func readOnly(ranks: Int?) async throws {
    try await withDisk(kilobytes: 100_000) { disk in
      try disk.makeReadOnly()
      let run = try await doctor([], ranks: ranks)
      #expect(run.found("FAIL", "run directory", "cannot be written", "--run-dir"), "\(run)")
    }
  }

  @Test("A slow disk is measured")
  func slowDisk() async throws {
    let run = try await doctor(
      [], ranks: nil, environment: ["GMLP_TRAIN_SLOW_DISK_MBPS": "2"])
    #expect(run.exitCode == 0, "\(run)")
    #expect(run.said("warn", "run directory", " MB/s with fsync", " -> "), "\(run)")
  }

  @Test(
    "A small /dev/shm is measured against the ranks",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"))
  func sharedMemory() async throws {
    let folder = try TemporaryFolder()
    let small = try SmallFileSystem(kilobytes: 2_000, at: folder.path)
    // Ranks that find no room there talk by TCP, on a machine without a network by the loopback interface.
    let run = await Result {
      try await doctor(
        [], ranks: 2,
        environment: [
          "OMPI_MCA_btl_vader_backing_directory": folder.path, "OMPI_MCA_btl_tcp_if_include": "lo",
        ])
    }
    try small.unmount()
    let ended = try run.get()
    #expect(
      ended.found("FAIL", "shared memory", "Open MPI takes 8.3 MB for 2 ranks", "--shm-size"),
      "\(ended)")
  }

  @Test("A memory limit is found before memory runs out")
  func memory() async throws {
    let program = try Programs.product("gmlp-train").path
    let large = ["--set", "model.d_model=1024", "--set", "model.d_ffn=8192"]
    let run = try await MPIRun(
      executable: "/usr/bin/prlimit",
      arguments: ["--as=700000000", program, "doctor"] + arguments(large, "run"), ranks: nil,
      environment: Programs.twoBuffers, directory: files.path)
    #expect(run.found("FAIL", "memory", "address space", "-> ulimit -v unlimited"), "\(run)")
  }

  @Test("A need for more memory than any host has is found")
  func hugeMemory() async throws {
    let run = try await doctor(
      ["model.d_model=30000", "model.d_ffn=60000", "model.num_layers=100"].flatMap {
        ["--set", $0]
      },
      ranks: nil)
    #expect(run.found("FAIL", "memory", "rank needs", "MemAvailable"), "\(run)")
  }

  @Test("Ranks with another configuration are named, with the differences")
  func unequal() async throws {
    let groups = [
      RankGroup(ranks: 2, arguments: ["doctor"] + arguments([], "run")),
      RankGroup(
        ranks: 1, arguments: ["doctor"] + arguments(["--set", "train.epochs=7"], "run")),
    ]
    let run = try await MPIRun(
      executable: "gmlp-train", groups: groups,
      environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: files.path)
    #expect(run.found("FAIL", "equality", "the configuration is", "(rank 2 on "), "\(run)")
    #expect(run.found("ok", "equality", "equal: ", " program; ", "(all ranks)"), "\(run)")
  }

  @Test("Data that cannot be opened are reported, and the other checks continue")
  func missingData() async throws {
    try FileManager.default.removeItem(atPath: "\(files.path)/test-images")
    let run = try await doctor([], ranks: 2)
    #expect(run.found("FAIL", "equality", "test-images", "-> check the path"), "\(run)")
    #expect(run.said("ok", "network"))
  }

  @Test(
    "Memory of other ranks that may not be read is found",
    .enabled(if: getuid() == 0, "starting as another user needs root"))
  func singleCopy() async throws {
    // The kernel protects the memory of a process whose program its user may not read.
    let folder = try TemporaryFolder()
    let program = try folder.copyProgram(try Programs.product("gmlp-train").path, to: "gmlp-train")
    try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: program)
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/run", withIntermediateDirectories: false)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o777], ofItemAtPath: "\(folder.path)/run")
    func start(_ environment: [String: String]) async throws -> MPIRun {
      try await MPIRun(
        executable: "/usr/bin/setpriv",
        arguments: [
          "--reuid=65534", "--regid=65534", "--clear-groups", "mpirun", "-n", "2", program,
          "doctor",
        ] + arguments([], "\(folder.path)/run"), ranks: nil,
        environment: environment.merging(["OMPI_MCA_orte_execute_quiet": "1"]) { $1 },
        directory: files.path)
    }
    let variable = "OMPI_MCA_btl_vader_single_copy_mechanism"
    let run = try await start([:])
    #expect(
      run.found("FAIL", "single copy", "not permitted", "-> export \(variable)=none"), "\(run)")
    #expect(run.said("warn", "mapped memory", "Permission denied"))
    let cured = try await start([variable: "none"])
    #expect(cured.exitCode == 0, "\(cured)")
  }

  @Test("A busy core is named with the process that uses it")
  func busy() async throws {
    let spinning = Process()
    spinning.executableURL = URL(filePath: "/bin/sh")
    spinning.arguments = ["-c", "while :; do :; done"]
    try spinning.run()
    let run = await Result { try await doctor([], ranks: nil) }
    // Threads of tests block signals, and children inherit that.
    kill(spinning.processIdentifier, SIGKILL)
    spinning.waitUntilExit()
    let ended = try run.get()
    #expect(ended.said("warn", "busy cores", " % busy ", " by ", "(process ", " -> "), "\(ended)")
  }

  @Test("A rank that does not answer is named, and all ranks end with 76")
  func silent() async throws {
    let program = try Programs.product("gmlp-train").path
    let doctor = [program, "doctor", "--deadline", "60"] + arguments([], "run")
    // Where ranks measure by themselves, before they answer each other.
    let stopping = [
      "LD_PRELOAD=\(try Programs.product("libFileFaults.so").path)", "GMLP_TEST_STOP_AT=/proc/stat",
    ]
    let ended = try await MPIRun(
      executable: "/usr/bin/env",
      groups: [
        RankGroup(ranks: 2, arguments: doctor), RankGroup(ranks: 1, arguments: stopping + doctor),
      ], environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: files.path)
    #expect(ended.exitCode == 76, "\(ended)")
    #expect(ended.standardError.contains(/rank 2 on .* did not answer rank [01] on/), "\(ended)")
    #expect(ended.standardError.contains("btl_tcp_if_include"))
  }

  func doctor(
    _ options: [String], ranks: Int?, environment: [String: String] = [:]
  ) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train",
      arguments: ["doctor", "--deadline", "600"] + arguments(options, "run"),
      ranks: ranks,
      environment: environment.merging(["OMPI_MCA_orte_execute_quiet": "1"]) { $1 },
      directory: files.path)
  }

  func arguments(_ options: [String], _ runDirectory: String) -> [String] {
    ["--config", "run.toml", "--run-dir", runDirectory] + options
  }

  private func withDisk(
    kilobytes: Int, _ body: (SmallFileSystem) async throws -> Void
  ) async throws {
    let path = "\(files.path)/run"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let disk = try SmallFileSystem(kilobytes: kilobytes, at: path)
    let result = await Result { try await body(disk) }
    try disk.unmount()
    try result.get()
  }
}

/// Whether there is a processor to be kept away from.
let hasTwo = ProcessInfo.processInfo.activeProcessorCount > 1
