import Foundation
import RunSupport
import TestSupport
import Testing

/// File systems that have no locks, cannot sync folders, or belong to several people.
@Suite("Other file systems", .serialized, .timeLimit(.minutes(60)))
struct FileSystemTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
  }

  private static let training = ["--config", "digits.toml", "--run-dir", "run"]

  /// Runs the program where calls fail with these error numbers.
  private func run(
    _ arguments: [String], flock: Int32? = nil, folderSync: Int32? = nil
  ) async throws -> MPIRun {
    var environment = ["LD_PRELOAD": try Programs.product("libFileFaults.so").path]
    environment["GMLP_TEST_FLOCK"] = flock.map { "\($0)" }
    environment["GMLP_TEST_FOLDER_FSYNC"] = folderSync.map { "\($0)" }
    return try await MPIRun(
      executable: "gmlp-train", arguments: arguments, ranks: nil, environment: environment,
      directory: folder.path)
  }

  @Test(
    "Without locks a run warns in one line and trains",
    arguments: [ENOSYS, EOPNOTSUPP, ENOLCK, EINVAL])
  func noLocks(number: Int32) async throws {
    for arguments in [
      Self.training + ["--stop-after", "3"], Self.training, Self.training + ["--resume", "never"],
    ] {
      let run = try await run(arguments, flock: number)
      #expect(run.exitCode == (arguments.contains("--stop-after") ? 75 : 0), "\(run)")
      let lines = run.told
      #expect(lines.count == 1, "\(run)")
      #expect(
        lines[0].contains("run: this file system has no locks") && lines[0].contains("-o flock"))
    }
    let manager = FileManager.default
    #expect(manager.fileExists(atPath: "\(folder.path)/run.1/metrics.jsonl"))
    // What a save in progress has is not touched where nobody can tell whether one is.
    let draft = try TrainedDigits.leaveDraft(in: folder, "run")
    let pruned = try await self.run(["checkpoints", "prune", "run", "--keep", "2"], flock: number)
    #expect(pruned.exitCode == 0 && pruned.standardError.contains("has no locks"), "\(pruned)")
    #expect(manager.fileExists(atPath: "\(folder.path)/run/checkpoints/\(draft)"))
  }

  /// Runs the program where fchmod fails with `number`, with an umask that makes every lock need it.
  private func run(
    _ arguments: [String], withoutPermissions number: Int32
  ) async throws -> MPIRun {
    try await MPIRun(
      executable: "/usr/bin/env",
      arguments: [
        "bash", "-c", "umask 002; exec \"$0\" \"$@\"", try Programs.product("gmlp-train").path,
      ] + arguments, ranks: nil,
      environment: [
        "LD_PRELOAD": try Programs.product("libFileFaults.so").path,
        "GMLP_TEST_FCHMOD": "\(number)",
      ], directory: folder.path)
  }

  @Test(
    "Where files have no permissions of their own, what takes a lock works as anywhere",
    arguments: [EPERM, ENOSYS, EOPNOTSUPP])
  func noPermissions(number: Int32) async throws {
    for arguments in [
      Self.training + ["--stop-after", "3"], Self.training,
      ["checkpoints", "prune", "run", "--keep", "2"],
      ["prepare", "--format", "digits", "--output", "set"],
    ] {
      let run = try await run(arguments, withoutPermissions: number)
      #expect(run.exitCode == (arguments.contains("--stop-after") ? 75 : 0), "\(run)")
      #expect(run.told.isEmpty, "\(run)")
    }
    let failed = try await run(Self.training + ["--resume", "never"], withoutPermissions: EIO)
    #expect(failed.failed(74, "run/lock: Input/output error"), "\(failed)")
  }

  @Test("A lock that fails for another reason ends the start")
  func brokenLock() async throws {
    let run = try await run(Self.training, flock: EIO)
    #expect(run.failed(74, "run/lock: Input/output error"), "\(run)")
    #expect(try folder.names(in: folder.path) == ["digits.toml"])
  }

  @Test("New parent folders of any output are synced, or the start is refused")
  func newParents() async throws {
    try folder.write(BookText.vocabulary, to: "vocab.txt")
    try folder.write(BookText.lines(50, seed: 1), to: "book.txt")
    try folder.write(
      "config = \"digits.toml\"\n[[variant]]\nname = \"usual\"\n", to: "sweep.toml")
    let before = try folder.names(in: folder.path)
    for arguments in [
      ["prepare", "--format", "digits", "--output", "a/b/set"],
      ["prepare", "text", "--input", "book.txt", "--vocabulary", "vocab.txt", "--output", "a/b/t"],
      ["torture", "--config", "digits.toml", "--output", "a/b/t", "--faults", "1"],
      ["sweep", "sweep.toml", "--output", "a/b"], ["--config", "digits.toml", "--run-dir", "a/b"],
    ] {
      let run = try await run(arguments, folderSync: EIO)
      #expect(run.exitCode == 74, "\(arguments): \(run)")
      #expect(
        run.standardError.contains("the folder above cannot be made (Input/output error)")
          || run.standardError.contains("the run directory cannot be used"),
        "\(arguments): \(run)")
      #expect(try folder.names(in: folder.path) == before, "\(arguments)")
    }
  }

  @Test("Text is prepared without locks too, with the same line", arguments: [nil, EINVAL])
  func text(folderSync: Int32?) async throws {
    try folder.write(BookText.vocabulary, to: "vocab.txt")
    try folder.write(BookText.lines(50, seed: 1), to: "book.txt")
    let run = try await run(
      [
        "prepare", "text", "--input", "book.txt", "--vocabulary", "vocab.txt", "--sequence-length",
        "32", "--output", "set",
      ], flock: ENOSYS, folderSync: folderSync)
    #expect(run.exitCode == 0, "\(run)")
    let lines = run.standardError.split(separator: "\n")
    #expect(lines.count == 1 && lines[0].contains("this file system has no locks"), "\(run)")
    #expect(try folder.names(in: "\(folder.path)/set").contains { $0.hasSuffix(".shard") })
  }

  @Test("Images are prepared without locks too, with the same line")
  func images() async throws {
    let run = try await run(
      ["prepare", "--format", "digits", "--output", "set"], flock: ENOSYS)
    #expect(run.exitCode == 0, "\(run)")
    let lines = run.standardError.split(separator: "\n")
    #expect(lines.count == 1 && lines[0].contains("this file system has no locks"), "\(run)")
  }

  @Test(
    "Folders that cannot be synced are accepted when training, preparing and pruning",
    arguments: [EINVAL, ENOSYS, EOPNOTSUPP])
  func noFolderSync(number: Int32) async throws {
    try folder.write(
      IDXBytes.images(8, rows: 8, columns: 8, pixels: Array(repeating: 7, count: 512)), to: "images"
    )
    try folder.write(IDXBytes.labels([0, 1, 2, 3, 4, 5, 6, 7]), to: "labels")
    let prepare = ["prepare", "--format", "idx", "--input", "images", "labels", "--output", "set"]
    for arguments in [
      Self.training, prepare, prepare + ["--force"],
      ["checkpoints", "prune", "run", "--keep", "2"],
    ] {
      let run = try await run(arguments, folderSync: number)
      #expect(run.exitCode == 0, "\(arguments): \(run)")
    }
    let failed = try await run(prepare + ["--force"], folderSync: EIO)
    #expect(failed.exitCode == 74, "\(failed)")
  }

  @Test("The doctor reports missing locks and syncs")
  func doctor() async throws {
    let run = try await run(
      ["doctor"] + Self.training, flock: ENOSYS, folderSync: EINVAL)
    #expect(run.standardOutput.contains("has no locks (Function not implemented)"), "\(run)")
    #expect(run.standardOutput.contains("cannot sync folders"), "\(run)")
    let well = try await self.run(["doctor"] + Self.training)
    #expect(well.standardOutput.contains("has locks and syncs folders"), "\(well)")
  }

  /// Trains under `umask`, as the user of that number if there is one.
  private func train(
    umask: String, user: Int? = nil, _ more: String = ""
  ) async throws -> MPIRun {
    let program = try Programs.product("gmlp-train").path
    let command = "umask \(umask); exec \(program) --config digits.toml --run-dir run \(more)"
    let who =
      user.map { ["setpriv", "--reuid", "\($0)", "--regid", "5000", "--clear-groups"] } ?? []
    return try await MPIRun(
      executable: "/usr/bin/env", arguments: who + ["bash", "-c", command], ranks: nil,
      directory: folder.path)
  }

  @Test(
    "A run's files and folders have the permissions that the umask leaves; the lock has fewer",
    arguments: [
      ("002", 0o775, 0o664, 0o660), ("022", 0o755, 0o644, 0o600), ("077", 0o700, 0o600, 0o600),
    ])
  func umask(mask: String, folderMode: Int, fileMode: Int, lockMode: Int) async throws {
    let run = try await train(umask: mask)
    #expect(run.exitCode == 0, "\(run)")
    let manager = FileManager.default
    var count = 0
    for name in try manager.subpathsOfDirectory(atPath: "\(folder.path)/run") {
      let attributes = try manager.attributesOfItem(atPath: "\(folder.path)/run/\(name)")
      if attributes[.type] as? FileAttributeType == .typeSymbolicLink { continue }
      let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
      let expected = isFolder ? folderMode : name == "lock" ? lockMode : fileMode
      #expect(attributes[.posixPermissions] as? Int == expected, "\(name)")
      count += 1
    }
    #expect(count > 10)
  }

  @Test(
    "Two users of one group share a run",
    .enabled(if: getuid() == 0, "changing users needs root"))
  func group() async throws {
    try #require(unsafe chown(folder.path, 0, 5000) == 0)
    try #require(unsafe chmod(folder.path, 0o2775) == 0)
    let first = try await train(umask: "002", user: 5001, "--stop-after 3")
    try #require(first.exitCode == 75, "\(first)")
    let second = try await train(umask: "002", user: 5002)
    #expect(second.exitCode == 0 && second.told.isEmpty, "\(second)")
    #expect(second.standardOutput.contains("resumed after step 3"), "\(second)")
    let list = try await command("checkpoints", "list", "run", "--json", in: folder.path).object()
    let steps = try #require(list["checkpoints"] as? [[String: Any]]).compactMap {
      $0["step"] as? Int
    }
    #expect(steps.contains(6), "\(steps)")
  }

  @Test(
    "A run that cannot save fails at the start, not after the last step",
    .enabled(if: getuid() == 0, "changing users needs root"))
  func foreignRun() async throws {
    try #require(unsafe chown(folder.path, 0, 5000) == 0)
    try #require(unsafe chmod(folder.path, 0o2775) == 0)
    let first = try await train(umask: "002", user: 5001, "--stop-after 3")
    try #require(first.exitCode == 75, "\(first)")
    // As an earlier version made it.
    try #require(unsafe chmod("\(folder.path)/run/checkpoints", 0o2755) == 0)
    let metrics = try folder.text(of: "run/metrics.jsonl")
    let second = try await train(umask: "002", user: 5002)
    #expect(second.failed(74, "the run could not be saved", "Permission denied"), "\(second)")
    #expect(try folder.text(of: "run/metrics.jsonl") == metrics)
  }

  @Test(
    "Checkpoints on a read-only disk fail the start, and can be inspected",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"))
  func readOnly() async throws {
    let trained = try await command("--config", "digits.toml", "--run-dir", "run", in: folder.path)
    #expect(trained.exitCode == 0, "\(trained)")
    let checkpoints = "\(folder.path)/run/checkpoints"
    try folder.rename(checkpoints, to: "\(folder.path)/saved")
    try FileManager.default.createDirectory(atPath: checkpoints, withIntermediateDirectories: false)
    let disk = try SmallFileSystem(kilobytes: 4_000, at: checkpoints)
    do {
      for name in try folder.names(in: "\(folder.path)/saved") where name.hasPrefix("step-") {
        try FileManager.default.copyItem(
          atPath: "\(folder.path)/saved/\(name)", toPath: "\(checkpoints)/\(name)")
      }
      try disk.makeReadOnly()
      let refused = try await command(
        "--config", "digits.toml", "--run-dir", "run", "--set", "train.steps=12", "--force",
        in: folder.path)
      #expect(refused.failed(74, "the run could not be saved", "Read-only"), "\(refused)")
      let trial = try await command(
        "checkpoints", "prune", "run", "--keep", "2", "--dry-run", in: folder.path)
      #expect(trial.exitCode == 0 && trial.standardError.isEmpty, "\(trial)")
    } catch {
      try disk.unmount()
      throw error
    }
    try disk.unmount()
  }

  @Test(
    "prune --dry-run writes nothing and works on a read-only run",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"))
  func dryRun() async throws {
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/run", withIntermediateDirectories: false)
    let disk = try SmallFileSystem(kilobytes: 4_000, at: "\(folder.path)/run")
    do {
      let trained = try await command(
        "--config", "digits.toml", "--run-dir", "run", in: folder.path)
      #expect(trained.exitCode == 0, "\(trained)")
      try folder.remove("\(folder.path)/run/lock")
      try disk.makeReadOnly()
      let trial = try await command(
        "checkpoints", "prune", "run", "--keep", "2", "--dry-run", in: folder.path)
      #expect(trial.exitCode == 0 && trial.standardError.isEmpty, "\(trial)")
    } catch {
      try disk.unmount()
      throw error
    }
    try disk.unmount()
  }
}
