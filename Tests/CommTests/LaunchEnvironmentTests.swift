import Comm
import RunSupport
import Testing

@Suite("How the process was started")
struct LaunchEnvironmentTests {
  private func launch(_ variables: [String: String]) throws -> LaunchEnvironment {
    try LaunchEnvironment { variables[$0] }
  }

  @Test("No variables: a single process")
  func alone() throws {
    let launch = try launch([:])
    #expect(launch.mode == .single)
    #expect(launch.launchedTasks == 1)
    #expect(launch.tasksOnHost == 1)
  }

  @Test(
    "Any launcher's variable: MPI",
    arguments: [["OMPI_COMM_WORLD_SIZE": "4"], ["PMIX_RANK": "0"], ["PMI_RANK": "2"]])
  func launchers(variables: [String: String]) throws {
    #expect(try launch(variables).mode == .mpi)
  }

  @Test("A rank's number is known before MPI starts, also with srun")
  func rankNumbers() throws {
    #expect(try launch([:]).launchedRank == 0)
    let three = ["OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "4"]
    #expect(try launch(three).launchedRank == 3)
    #expect(try launch(["PMIX_RANK": "2"]).launchedRank == 2)
  }

  @Test("A process started by a batch script directly is a single process")
  func batchScript() throws {
    let variables = ["SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_PROCID": "0"]
    #expect(try launch(variables).mode == .single)
    #expect(try launch(["SLURM_STEP_NUM_TASKS": "1"]).mode == .single)
  }

  @Test("srun without PMIx is an error that names the correct command")
  func plainSrun() throws {
    let error = #expect(throws: LaunchError.self) { try launch(["SLURM_STEP_NUM_TASKS": "4"]) }
    let text = error?.description ?? ""
    #expect(text.contains("one of 4 tasks"))
    #expect(text.contains("srun --mpi=pmix") && text.contains("mpirun"))
    #expect(!text.contains("\n"))
  }

  @Test(
    "Another MPI's launcher is named, with the variable that it set",
    arguments: [
      ["PMI_SIZE": "4", "PMI_RANK": "0"],
      // MPICH's mpiexec inside a batch job starts one helper a host by srun.
      ["PMI_SIZE": "4", "PMI_RANK": "0", "SLURM_STEP_NUM_TASKS": "2"],
    ])
  func foreignLauncher(variables: [String: String]) async throws {
    let run = try await MPIRun(
      executable: "MPIChecks", arguments: ["barrier"], ranks: nil,
      environment: variables.merging(["OMPI_MCA_orte_execute_quiet": "1"]) { $1 })
    #expect(run.exitCode == 64, "\(run)")
    let text = run.standardOutput
    #expect(text.contains("one of 4 tasks") && text.contains("another MPI"), "\(run)")
    #expect(text.contains("unset PMI_SIZE") && !text.contains("SLURM_STEP_NUM_TASKS"), "\(run)")
  }

  @Test("A launcher that is not Open MPI's is an error before MPI starts")
  func launcherWithoutWorld() throws {
    let error = #expect(throws: LaunchError.self) { try launch(["MV2_COMM_WORLD_SIZE": "4"]) }
    #expect(error?.description.contains("unset MV2_COMM_WORLD_SIZE") == true)
  }

  @Test(
    "The advice names a launcher of the library that the program is built with",
    arguments: [
      (true, "PMI_SIZE", "Open MPI's mpirun"), (true, "OMPI_COMM_WORLD_SIZE", "ldd names it"),
      (true, "SLURM_STEP_NUM_TASKS", "srun --mpi=pmix"),
      (false, "PMI_SIZE", "ldd names it"), (false, "OMPI_COMM_WORLD_SIZE", "mpiexec.mpich"),
      (false, "SLURM_STEP_NUM_TASKS", "srun --mpi=pmi2"),
    ])
  func advice(isOpenMPI: Bool, counter: String, launcher: String) {
    let error = LaunchError.separateWorlds(tasks: 4, counter: counter, isOpenMPI: isOpenMPI)
    #expect(error.description.contains(launcher), "\(error)")
    #expect(error.description.contains("unset \(counter)") && error.exitCode == 64, "\(error)")
  }

  @Test("The ranks of a host are counted by the launcher of either library")
  func ranksOfHost() throws {
    let counted = try launch(["PMI_RANK": "1", "PMI_SIZE": "4", "MPI_LOCALNRANKS": "2"])
    #expect(counted.tasksOnHost == 2 && counted.launchedTasks == 4 && counted.launchedRank == 1)
  }

  @Test("A count that is not a number is an error", arguments: ["", "0", "-1", "many"])
  func badCount(value: String) throws {
    let error = #expect(throws: LaunchError.self) {
      try launch(["OMPI_COMM_WORLD_SIZE": value])
    }
    #expect(error?.description.contains("OMPI_COMM_WORLD_SIZE is '\(value)'") == true)
    let timeout = #expect(throws: LaunchError.self) {
      try launch(["GMLP_TRAIN_START_TIMEOUT": value])
    }
    #expect(timeout?.description.contains("GMLP_TRAIN_START_TIMEOUT is '\(value)'") == true)
  }

  @Test("The start timeout is read")
  func startTimeout() throws {
    #expect(try launch(["GMLP_TRAIN_START_TIMEOUT": "120"]).startTimeout == 120)
    #expect(try launch([:]).startTimeout == nil)
  }

  @Test("srun without PMIx ends the program with 64")
  func plainSrunEnds() async throws {
    let run = try await MPIRun(
      executable: "MPIChecks", arguments: ["barrier"], ranks: nil,
      environment: ["SLURM_STEP_NUM_TASKS": "4"])
    #expect(run.exitCode == 64)
    #expect(run.standardOutput.contains("srun --mpi=pmix"))
  }

  @Test("A world of one inside a step of several is the same error, found after MPI started")
  func worldOfOne() async throws {
    let run = try await MPIRun(
      executable: "MPIChecks", arguments: ["barrier"], ranks: 1,
      environment: ["SLURM_STEP_NUM_TASKS": "4", "OMPI_MCA_orte_execute_quiet": "1"])
    #expect(run.exitCode == 64)
    #expect(run.standardOutput.contains("srun --mpi=pmix"))
  }

  @Test("The communication thread has its own core only if every thread on the host has one")
  func ownCore() throws {
    let eight = ProcessorSet(0..<8)
    let two = try launch(["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_LOCAL_SIZE": "2"])
    #expect(two.hasCoreForCommunication(processors: eight, computeThreads: 3))
    #expect(!two.hasCoreForCommunication(processors: eight, computeThreads: 4))
    let unknown = try launch(["PMIX_RANK": "0"])
    #expect(!unknown.hasCoreForCommunication(processors: eight, computeThreads: 1))
  }

  @Test(
    "Open MPI yields while waiting, unless a core is free or the user decides",
    arguments: [
      (threads: 0, given: nil, expected: "unset"), (threads: 100_000, given: nil, expected: "1"),
      (threads: 100_000, given: "0", expected: "0"), (threads: 0, given: "1", expected: "1"),
    ] as [(threads: Int, given: String?, expected: String)])
  func yields(threads: Int, given: String?, expected: String) async throws {
    let run = try await MPIRun(
      executable: "MPIChecks",
      arguments: ["--compute-threads", "\(threads)", "print-yield"], ranks: 1,
      environment: given.map { ["OMPI_MCA_mpi_yield_when_idle": $0] } ?? [:])
    #expect(run.standardOutput.contains("yield \(expected)\n"), "\(run.standardOutput)")
  }
}

@Suite("Processors and places")
struct PlacementTests {
  @Test("Processor masks are written as ranges")
  func masks() {
    #expect(ProcessorSet([3, 0, 1, 2, 8]).description == "0-3,8")
    #expect(ProcessorSet([5]).description == "5")
    #expect(ProcessorSet([]).description == "unknown")
  }

  @Test("The mask of this thread is read")
  func ownMask() throws {
    let mask = try #require(ProcessorSet.ofThisThread())
    #expect(mask.count >= 1)
  }

  @Test("Hosts are counted; equal masks are printed once")
  func descriptions() {
    let placement = Placement(ranks: [
      Placement.Rank(host: "b", processors: "0-1"), Placement.Rank(host: "a", processors: "0-1"),
      Placement.Rank(host: "b", processors: "0-1"),
    ])
    #expect(placement.hostsDescription == "b × 2, a × 1")
    #expect(placement.bindingDescription == "processors 0-1")
    let bound = Placement(ranks: [
      Placement.Rank(host: "a", processors: "0"), Placement.Rank(host: "a", processors: "1"),
    ])
    #expect(bound.bindingDescription == "rank 0: 0; rank 1: 1")
  }
}
