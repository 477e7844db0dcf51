import Foundation
import RunSupport
import TestSupport
import Testing

/// Names that a terminal would obey: they are spelled out for people, and exact in JSON.
@Suite("Printed names", .timeLimit(.minutes(60)))
struct PrintedNamesTests {
  private let folder: TemporaryFolder
  /// Turns a terminal red, begins another line, and clears the screen as an old terminal does.
  private static let odd = "a\u{1B}[31m\nINJECTED\u{9B}2J"

  init() throws {
    folder = try TemporaryFolder()
    let classes = ["across", Self.odd]
    for (index, picture) in TrainedColours.pictures.enumerated() {
      let path = "set\(Self.odd)/\(classes[index % 2])/\(index)\(Self.odd).png"
      try folder.write(picture.bytes, to: path)
    }
    let name = Self.odd.replacing("\u{1B}", with: "\\u001B").replacing("\n", with: "\\n")
    try folder.write(
      TrainedColours.configuration.replacing("\"set\"", with: "\"set\(name)\""),
      to: "c\(Self.odd).toml")
  }

  private func run(_ arguments: [String], exitCode: Int32 = 0) async throws -> MPIRun {
    let run = try await MPIRun(
      executable: "gmlp-train", arguments: arguments, ranks: nil, directory: folder.path)
    #expect(run.exitCode == exitCode, "\(arguments): \(run)")
    for text in [run.standardOutput, run.standardError] {
      let controls = text.unicodeScalars.filter {
        $0.properties.generalCategory == .control && $0 != "\n"
      }
      #expect(controls.isEmpty, "\(arguments): \(run)")
      #expect(!text.split(separator: "\n").contains { $0.hasPrefix("INJECTED") }, "\(run)")
    }
    return run
  }

  @Test("No command hands a control character of a name to the terminal")
  func commands() async throws {
    let (set, odd) = ("set\(Self.odd)", Self.odd)
    let (config, runDirectory) = (["--config", "c\(odd).toml"], ["--run-dir", "run\(odd)"])
    let trained = try await run(["train"] + config + runDirectory)
    #expect(trained.standardOutput.contains(#"run"#), "\(trained)")
    let again = try await run(["train"] + config + runDirectory)
    let spelled = #"runa\u{1B}[31m\nINJECTED\u{009B}2J: all 6"#
    #expect(again.standardOutput.contains(spelled), "\(again)")
    let anew = try await run(["train", "--resume", "never"] + config + runDirectory)
    #expect(anew.standardOutput.contains("the old run is now "), "\(anew)")
    let prepare = ["prepare", "images", "--format", "folder", "--input", set, "--output"]
    for arguments in [
      ["evaluate"] + runDirectory, ["predict"] + runDirectory + ["--top", "2", set],
      ["inspect", "run\(odd)"], ["inspect", "c\(odd).toml"],
      ["inspect", "--augmented", "4", "--output", "sheet\(odd).png"] + config,
      prepare + ["shards\(odd)"], ["inspect", "shards\(odd)"],
      ["predict", "shards\(odd)"] + runDirectory, ["checkpoints", "list", "run\(odd)"],
      ["checkpoints", "verify", "run\(odd)"],
      ["checkpoints", "diff", "run\(odd)/checkpoints/best", "run\(odd)/checkpoints/best"],
      ["checkpoints", "prune", "run\(odd)", "--keep", "2"], ["doctor"] + config + runDirectory,
      ["watch", "run\(odd)", "--once"], ["report", "run\(odd)", "--output", "page\(odd).html"],
      ["compare", "run\(odd)", "run\(odd)"],
      ["export", "onnx", "run\(odd)", "--output", "m\(odd).onnx"],
      ["export", "huggingface", "run\(odd)", "--output", "folder\(odd)"],
      ["export", "tensorboard", "run\(odd)"],
      ["import", "folder\(odd)", "--output", "weights\(odd)"],
    ] {
      _ = try await run(arguments)
    }
    _ = try await run(prepare + ["shards\(odd)"], exitCode: 64)
    _ = try await run(["predict", "none\(odd).png"] + runDirectory, exitCode: 65)
  }

  @Test("JSON has every name as it is")
  func exact() async throws {
    let (set, odd) = ("set\(Self.odd)", Self.odd)
    let trained = try await command(
      "--config", "c\(odd).toml", "--run-dir", "run\(odd)", in: folder.path)
    #expect(trained.exitCode == 0, "\(trained)")
    let list = try await command("checkpoints", "list", "run\(odd)", "--json", in: folder.path)
    #expect(try list.object()["path"] as? String == "run\(odd)/checkpoints", "\(list)")
    let file = "\(set)/across/0\(odd).png"
    let predicted = try await command(
      "predict", "--run-dir", "run\(odd)", "--json", "--top", "2", file, in: folder.path)
    let first = (try predicted.object()["predictions"] as? [[String: Any]])?.first
    #expect(first?["file"] as? String == file, "\(predicted)")
    let classes = try #require(first?["classes"] as? [[String: Any]])
    #expect(Set(classes.compactMap { $0["name"] as? String }) == ["across", odd], "\(predicted)")
  }
}
