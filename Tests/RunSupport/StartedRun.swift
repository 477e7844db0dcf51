import Foundation
import TestSupport

/// A running program: to be signalled, watched and waited for by ``finish()``.
///
/// Whatever is left of it when nobody holds it any more is ended.
public final class StartedRun {
  /// The seconds after which a program is called hung: many times what any of them takes on a busy machine.
  public static let patienceSeconds = 900.0
  /// The process of mpirun, or of the program where it runs alone.
  public let processID: Int32

  private let process = Process()
  private let output: OutputFile
  private let errors: OutputFile
  private let start = ContinuousClock.now
  private var deadlineSeconds: Double
  private let commandLine: String
  /// The process that ``resume(_:)`` lets go on.
  private var resumed: Int32?
  /// A variable that everything has that was started by this run.
  private let mark = "GMLP_TRAIN_TEST_RUN=\(UUID().uuidString)"
  /// Where mpirun keeps its session: it fails without a word if another one, which ends at that moment, removes the
  /// folder that both have in common.
  private let session: TemporaryFolder

  /// Starts the program; the parameters are those of ``MPIRun``, and the terminal that is to be its
  /// standard output, if any.
  public convenience init(
    executable: String, arguments: [String] = [], ranks: Int?,
    environment: [String: String] = [:], directory: String? = nil,
    terminal: PseudoTerminal? = nil, deadlineSeconds: Double = StartedRun.patienceSeconds
  ) throws {
    let program = try Programs.product(executable)
    let group = ranks.map { RankGroup(ranks: $0, arguments: arguments) }
    try self.init(
      group == nil ? program : try Programs.mpirun(),
      group?.arguments(for: program) ?? arguments, environment: environment, directory: directory,
      terminal: terminal, deadlineSeconds: deadlineSeconds)
  }

  /// Starts one run whose ranks have arguments of their own, group after group.
  ///
  /// The other parameters are those of ``MPIRun``.
  public convenience init(
    executable: String, groups: [RankGroup], environment: [String: String] = [:],
    directory: String? = nil, deadlineSeconds: Double = StartedRun.patienceSeconds
  ) throws {
    let program = try Programs.product(executable)
    let programs = groups.map { $0.arguments(for: program) }
    try self.init(
      Programs.mpirun(), Array(programs.joined(separator: [":"])), environment: environment,
      directory: directory, deadlineSeconds: deadlineSeconds)
  }

  private init(
    _ program: URL, _ arguments: [String], environment: [String: String], directory: String?,
    terminal: PseudoTerminal? = nil, deadlineSeconds: Double
  ) throws {
    output = try OutputFile()
    errors = try OutputFile()
    session = try TemporaryFolder()
    // Some tests start mpirun as another user.
    try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: session.path)
    self.deadlineSeconds = deadlineSeconds
    process.executableURL = program
    process.arguments = arguments
    commandLine = "\(program.lastPathComponent) \(arguments.joined(separator: " "))"
    let variable = mark.split(separator: "=", maxSplits: 1).map(String.init)
    process.environment = Programs.environment(adding: environment)
      .merging([(variable[0], variable[1])]) { $1 }
      .merging([("OMPI_MCA_orte_tmpdir_base", session.path)]) { given, _ in given }
    process.currentDirectoryURL = directory.map { URL(filePath: $0) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = terminal?.program ?? output.handle
    process.standardError = errors.handle
    try withoutBlockedSignals(process.run)
    processID = process.processIdentifier
  }

  deinit {
    if process.isRunning { end() }
  }

  /// Sends a signal to mpirun, or to the program where it runs alone.
  public func send(_ signal: Int32) {
    kill(processID, signal)
  }

  /// Sends a signal to the process of one rank, also where a script started mpirun.
  public func send(_ signal: Int32, toRank rank: Int) throws {
    kill(try process(ofRank: rank), signal)
  }

  private func process(ofRank rank: Int) throws -> Int32 {
    let variable = "OMPI_COMM_WORLD_RANK=\(rank)"
    for process in try processes
    where ProcessTable.environment(of: process).contains(variable) {
      return process
    }
    throw MPIRunError(description: "\(commandLine): there is no process of rank \(rank)")
  }

  /// Sends a signal as ``send(_:)`` does, to a run in which a rank has stopped itself, and lets that rank go
  /// on when the signal has come to it: it takes effect in that step, however fast the machine is.
  ///
  /// The rank stops itself by `GMLP_TRAIN_FAULT=0:forward:9:stop`; the others must not call it hung
  /// meanwhile (`train.hang_timeout`).
  public func sendWhileStopped(_ signal: Int32) async throws {
    let stopped = try await stoppedProcess()
    send(signal)
    try await wait(for: "a signal at process \(stopped)") {
      ProcessTable.hasPendingSignal(stopped)
    }
    resume(stopped)
  }

  /// Sends a signal to another rank than the one that has stopped itself, and lets that one go on when the
  /// signal has been taken: no rank has come past the place meanwhile at which all of them meet.
  public func sendWhileStopped(_ signal: Int32, toRank rank: Int) async throws {
    let stopped = try await stoppedProcess()
    let process = try process(ofRank: rank)
    kill(process, signal)
    try await wait(for: "the end of a signal that waits at process \(process)") {
      !ProcessTable.hasPendingSignal(process)
    }
    resume(stopped)
  }

  /// Lets a process go on that has stopped itself, also where it comes to the same place again.
  public func resume(_ stopped: Int32) {
    resumed = stopped
    kill(stopped, SIGCONT)
  }

  /// Waits until a process has stopped itself, and returns its number.
  public func stoppedProcess() async throws -> Int32 {
    var stopped: Int32 = 0
    try await wait(for: "a process that stops itself") {
      stopped = try processes.first { ProcessTable.state(of: $0) == "T" } ?? 0
      return stopped != 0
    }
    return stopped
  }

  /// Waits until no rank is left.
  public func waitForRanks() async throws {
    try await wait(for: "the end of all ranks") {
      try processes.allSatisfy { process in
        !ProcessTable.environment(of: process).contains { $0.hasPrefix("OMPI_COMM_WORLD_RANK=") }
      }
    }
  }

  /// Waits until no rank is left, and ends an mpirun that has not noticed, as the launch scripts do.
  public func finishAfterRanks() async throws -> MPIRun {
    try await waitForRanks()
    for _ in 0..<1_000 where process.isRunning { try await Task.sleep(for: .milliseconds(20)) }
    if process.isRunning { end() }
    return try await finish()
  }

  /// Waits until standard output or standard error contains `text`.
  public func wait(forOutput text: String) async throws {
    try await wait(for: "'\(text)'") { output.text.contains(text) || errors.text.contains(text) }
  }

  /// Waits until the file at `path` contains `text`.
  public func wait(for text: String, inFile path: String) async throws {
    try await wait(for: "'\(text)' in \(path)") {
      let bytes = FileManager.default.contents(atPath: path) ?? Data()
      return String(decoding: bytes, as: UTF8.self).contains(text)
    }
  }

  /// Waits for the end.
  ///
  /// - Parameter limit: the seconds for it, from now on; nil leaves the deadline of the whole run.
  /// - Throws: ``MPIRunError`` at the deadline, with all that was written.
  /// - Returns: what it left.
  public func finish(within limit: Double? = nil) async throws -> MPIRun {
    if let limit { deadlineSeconds = seconds + limit }
    while process.isRunning { try await waitABit() }
    let isSignal = process.terminationReason == .uncaughtSignal
    return MPIRun(
      exitCode: (isSignal ? 128 : 0) + process.terminationStatus,
      standardOutput: output.text, standardError: errors.text, seconds: seconds)
  }

  private var seconds: Double {
    (ContinuousClock.now - start) / .seconds(1)
  }

  /// The processes of this run: what was started here, and all that it has started.
  private var processes: [Int32] {
    get throws { try ProcessTable.processes(withVariable: mark) }
  }

  /// Waits for something that only a running program can bring about.
  ///
  /// - Throws: ``MPIRunError`` if the program ends without it, and at the deadline of the whole run.
  public func wait(for event: String, until hasCome: () throws -> Bool) async throws {
    while true {
      // What it does at its very end counts.
      let isRunning = process.isRunning
      if try hasCome() { return }
      guard isRunning else {
        throw MPIRunError(description: report("ended before there was \(event)"))
      }
      try await waitABit()
    }
  }

  private func waitABit() async throws {
    if seconds > deadlineSeconds {
      end()
      throw MPIRunError(description: report("did not end within \(Int(deadlineSeconds)) s"))
    }
    if let resumed, ProcessTable.state(of: resumed) == "T" { kill(resumed, SIGCONT) }
    try await Task.sleep(for: .milliseconds(10))
  }

  /// Ends the processes that were started here, and no others.
  private func end() {
    // On this signal mpirun ends its ranks within two seconds, and a script removes what it has made.
    kill(processID, SIGTERM)
    for _ in 0..<1_000 where process.isRunning { usleep(10_000) }
    do {
      // What is killed may have started something in the meantime.
      for _ in 0..<100 {
        let left = try processes
        if left.isEmpty { return }
        for process in left { kill(process, SIGKILL) }
        usleep(10_000)
      }
      print("\(commandLine): its processes cannot be ended")
    } catch {
      print("\(commandLine): its processes are not known: \(error)")
    }
  }

  private func report(_ event: String) -> String {
    "\(commandLine) \(event); standard output: \(output.text); standard error: \(errors.text)"
  }
}

/// Runs `body` on this thread with no signal blocked: a child inherits what is blocked, and the
/// threads that run tests block everything.
private func withoutBlockedSignals(_ body: () throws -> Void) throws {
  var none = sigset_t()
  var before = sigset_t()
  unsafe sigemptyset(&none)
  guard unsafe pthread_sigmask(SIG_SETMASK, &none, &before) == 0 else {
    throw MPIRunError(description: "pthread_sigmask failed")
  }
  let result = Result { try body() }
  guard unsafe pthread_sigmask(SIG_SETMASK, &before, nil) == 0 else {
    throw MPIRunError(description: "pthread_sigmask failed")
  }
  try result.get()
}

/// Ranks of one run that are started with the same arguments.
public struct RankGroup: Sendable {
  let ranks: Int
  let arguments: [String]

  /// `ranks` processes of the program with `arguments`.
  public init(ranks: Int, arguments: [String]) {
    self.ranks = ranks
    self.arguments = arguments
  }

  /// What mpirun is given for the group.
  fileprivate func arguments(for program: URL) -> [String] {
    ["-n", "\(ranks)", program.path] + arguments
  }
}
