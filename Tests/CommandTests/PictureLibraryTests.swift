import Foundation
import RunSupport
import TestSupport
import Testing

/// Ranks and resumes whose libraries decode pictures in another version: here a copy of libturbojpeg with another
/// number in it, which the program loads in its place.
@Suite("Other libraries of pictures", .timeLimit(.minutes(60)))
struct PictureLibraryTests {
  private let folder: TemporaryFolder
  private let program: String

  private static let library = [
    "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib",
  ].map { "\($0)/libturbojpeg.so.0" }.first(where: FileManager.default.fileExists)

  init() throws {
    folder = try TrainedColours.folder()
    try folder.write(TrainedColours.configuration, to: "run.toml")
    program = try Programs.product("gmlp-train").path
    var bytes = Data(try folder.read(try #require(Self.library)))
    let mark = try #require(bytes.range(of: Data("libjpeg-turbo version ".utf8)))
    bytes[mark.upperBound] = UInt8(ascii: "9")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/other", withIntermediateDirectories: true)
    try folder.write(Array(bytes), to: "other/libturbojpeg.so.0")
  }

  /// Starts two ranks, the second with the other library.
  private func run(_ arguments: [String]) async throws -> MPIRun {
    try await MPIRun(
      executable: "/usr/bin/env",
      groups: [
        RankGroup(ranks: 1, arguments: [program] + arguments),
        RankGroup(ranks: 1, arguments: ["LD_LIBRARY_PATH=other", program] + arguments),
      ], environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: folder.path)
  }

  private let start = ["--config", "run.toml", "--run-dir", "run"]

  @Test("Ranks that decode by another version are refused by training and evaluation")
  func ranks() async throws {
    let trained = try await command("--config", "run.toml", "--run-dir", "good", in: folder.path)
    #expect(trained.exitCode == 0, "\(trained)")
    for arguments in [start, ["evaluate", "--run-dir", "good"]] {
      let run = try await run(arguments)
      #expect(run.exitCode == 64, "\(run)")
      #expect(
        run.standardError.contains(
          "the library of pictures differs from rank 0's (libjpeg-turbo 9"),
        "\(run)")
      #expect(run.standardError.contains("prepare images --decode"), "\(run)")
    }
  }

  @Test("They do not matter where pixels are stored")
  func pixels() async throws {
    let prepared = try await command(
      "prepare", "images", "--format", "folder", "--input", "set", "--output", "pixels", "--decode",
      "--image-size", "8", in: folder.path)
    #expect(prepared.exitCode == 0, "\(prepared)")
    let run = try await run(
      start + [
        "--set", "data.format=shards", "--set", #"data.train=["pixels"]"#, "--set",
        #"data.test=["pixels"]"#,
      ])
    #expect(run.exitCode == 0, "\(run)")
  }

  @Test("A resume with another version says so and continues")
  func resume() async throws {
    let first = try await MPIRun(
      executable: "gmlp-train", arguments: start + ["--stop-after", "3"], ranks: nil,
      directory: folder.path)
    #expect(first.exitCode == 75, "\(first)")
    let second = try await MPIRun(
      executable: "gmlp-train", arguments: start, ranks: nil,
      environment: ["LD_LIBRARY_PATH": "other"], directory: folder.path)
    #expect(second.exitCode == 0, "\(second)")
    #expect(
      second.standardError.contains("the library of pictures is libjpeg-turbo 9")
        && second.standardError.contains("in the checkpoint: the bits may differ"), "\(second)")
  }
}
