import Foundation
import RunSupport
import TestSupport
import Testing

/// Names that are not UTF-8, and `~`, on the command line.
@Suite("Names on the command line", .timeLimit(.minutes(60)))
struct NameBytesTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
  }

  /// Runs a script of the shell, in which `$0` is the program and `$bad` a name that is not UTF-8.
  private func shell(_ script: String) async throws -> MPIRun {
    try await MPIRun(
      executable: "/bin/sh",
      arguments: [
        "-c", "bad=$(printf 'b\\303'); " + script, try Programs.product("gmlp-train").path,
      ],
      ranks: nil, environment: ["HOME": folder.path], directory: folder.path)
  }

  @Test(
    "A name that is not UTF-8 is refused anywhere, and nothing is created",
    arguments: [
      #""$0" --config digits.toml --run-dir "runs/$bad/x""#, #""$0" --config "$bad.toml""#,
      #""$0" --config digits.toml --run-dir=run --weights="$bad.safetensors""#,
      #""$0" --config digits.toml --run-dir run --set "data.train=[\"$bad\"]""#,
      #""$0" prepare --format digits --output "$bad""#,
      #""$0" prepare text --input "$bad" --vocabulary-size 32 --output out"#,
      #""$0" predict --run-dir run "$bad.png""#, #""$0" inspect "$bad""#,
      #""$0" checkpoints list "$bad""#, #""$0" sweep "$bad.toml""#,
      #"HOME="$PWD/$bad" "$0" --config digits.toml --run-dir=~/run"#,
    ])
  func refused(script: String) async throws {
    let run = try await shell(script)
    #expect(run.failed(64, "not UTF-8", #"b\xC3"#), "\(run)")
    #expect(try folder.names(in: folder.path) == ["digits.toml"])
  }

  @Test("A current folder with such a name is refused too")
  func currentFolder() async throws {
    let run = try await shell(
      #"mkdir "$bad" && cd "$bad" && "$0" prepare --format digits --output set; code=$?; "#
        + #"cd .. && rm -r "$bad" && exit $code"#)
    #expect(run.failed(64, "current folder", #"b\xC3"#), "\(run)")
  }

  @Test("A UTF-8 name has the same bytes on disk")
  func kept() async throws {
    // The same letter, composed and decomposed, is two names.
    let run = try await shell(
      #"for n in "$(printf 'r\303\251')" "$(printf 're\314\201')"; do "#
        + #""$0" --config digits.toml --run-dir "$n" --quiet || exit; test -d "$n/checkpoints" || exit; done"#
    )
    #expect(run.exitCode == 0, "\(run)")
    #expect(try folder.names(in: folder.path).count == 3)
  }

  @Test("~ is expanded after an equals sign and in --set, as in files")
  func home() async throws {
    let made = try await shell(#""$0" prepare --format digits --output=~/set"#)
    #expect(made.exitCode == 0, "\(made)")
    #expect(try folder.names(in: folder.path) == ["digits.toml", "set"])
    let run = try await shell(
      #""$0" --config digits.toml --run-dir=~/run --set 'data.format="shards"' "#
        + #"--set 'data.train=["~/set"]' --set 'data.test=["~/set"]'"#)
    #expect(run.exitCode == 0, "\(run)")
    #expect(try folder.names(in: folder.path) == ["digits.toml", "run", "set"])
  }
}
