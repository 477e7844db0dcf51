import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("evaluate by class", .timeLimit(.minutes(60)))
struct EvaluationByClassTests {
  private static let tables = [
    "--confusion", "confusion.csv", "--confusion", "confusion.png", "--per-class", "classes.csv",
  ]

  /// What does not depend on who has computed it: the JSON without its numbers of workers and time, and the files.
  private static func found(_ run: MPIRun, in folder: TemporaryFolder) throws -> [String] {
    #expect(run.exitCode == 0, "\(run)")
    let text = run.standardOutput.replacing(/"(ranks|threads|seconds)":[0-9.e-]+/) { "\($0.1)" }
    #expect(text != run.standardOutput)
    let files = try ["confusion.csv", "confusion.png", "classes.csv"].map { name in
      let bytes = try folder.read("\(folder.path)/\(name)")
      try folder.remove("\(folder.path)/\(name)")
      return Data(bytes).base64EncodedString()
    }
    return [text] + files
  }

  @Test("JSON and files have the same bytes for any ranks and threads")
  func sameBytes() async throws {
    let digits = try await TrainedDigits()
    var first: [String]?
    for (ranks, threads) in [
      (nil, 1), (nil, 2), (2, 1), (2, 2), (3, 1), (3, 2), (5, 1), (5, 2), (8, 1), (8, 2),
    ] as [(Int?, Int)] {
      let run = try await MPIRun(
        executable: "gmlp-train",
        arguments: ["evaluate", "--run-dir", "run", "--json", "--threads", "\(threads)"]
          + Self.tables,
        ranks: ranks, environment: ["OMPI_MCA_orte_execute_quiet": "1"],
        directory: digits.folder.path)
      let found = try Self.found(run, in: digits.folder)
      #expect(found == first ?? found, "\(ranks ?? 1) ranks, \(threads) threads")
      first = first ?? found
    }
  }

  @Test("The numbers of one pass agree with each other, and with training's own evaluation")
  func agreement() async throws {
    let digits = try await TrainedDigits()
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: ["evaluate", "--run-dir", "run", "--json"] + Self.tables,
      ranks: 2, directory: digits.folder.path)
    #expect(run.exitCode == 0, "\(run)")
    for line in ["confusion matrix: confusion.csv", "confusion matrix: confusion.png"] {
      #expect(run.standardError.contains(line), "\(run)")
    }
    let result = try run.object()
    let classes = try #require(result["classes"] as? [[String: Any]])
    func column(_ key: String) -> [Int] { classes.compactMap { $0[key] as? Int } }
    #expect(column("class") == Array(0..<10))
    #expect(column("samples").reduce(0, +) == 359 && column("predicted").reduce(0, +) == 359)
    let accuracy = try #require(result["accuracy"] as? Double)
    #expect(Double(column("correct").reduce(0, +)) / 359 == accuracy)
    let accuracies = classes.compactMap { $0["accuracy"] as? Double }
    // JSON is read with an error in the last place.
    let macro = try #require(result["macro_accuracy"] as? Double)
    #expect(abs(macro - accuracies.reduce(0, +) / 10) < 1e-15)
    let confidence = try #require(result["mean_confidence"] as? Double)
    let error = try #require(result["calibration_error"] as? Double)
    #expect(error >= abs(accuracy - confidence) - 1e-12 && error <= 1)

    let rows = try digits.folder.text(of: "confusion.csv").components(separatedBy: "\r\n")
    #expect(rows[0] == "true class,0,1,2,3,4,5,6,7,8,9" && rows.count == 12 && rows[11] == "")
    let matrix = rows[1...10].map { $0.split(separator: ",").compactMap { Int($0) } }
    #expect(matrix.map(\.first) == (0..<10).map { $0 })
    #expect(matrix.map { $0.dropFirst().reduce(0, +) } == column("samples"))
    #expect((0..<10).map { matrix[$0][$0 + 1] } == column("correct"))
    #expect((1...10).map { place in matrix.map { $0[place] }.reduce(0, +) } == column("predicted"))
    let lines = try digits.folder.text(of: "classes.csv").components(separatedBy: "\r\n")
    #expect(lines.count == 12 && lines[1].hasPrefix("0,,\(column("samples")[0]),"))
    let png = try digits.folder.read("\(digits.folder.path)/confusion.png")
    #expect(png.prefix(8) == [137, 80, 78, 71, 13, 10, 26, 10])
  }

  @Test(
    "People see the means and the worst classes, in 80 columns, with names and no top 5 of few classes"
  )
  func forPeople() async throws {
    let folder = try TemporaryFolder()
    let names = [
      "猫猫猫猫猫猫猫猫猫猫猫猫猫猫猫猫猫猫", "a, \"quoted\" name that is much too long for a column", "z",
    ]
    for (number, name) in names.enumerated() {
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/set/\(name)", withIntermediateDirectories: true)
      for picture in 0..<6 {
        try folder.write(
          greyPNG(UInt8(80 * number + picture), rows: 8, columns: 8),
          to: "set/\(name)/\(picture).png")
      }
    }
    try folder.write(
      TrainedDigits.configuration.replacing("format = \"digits\"", with: "format = \"folder\"")
        .replacing("= []", with: "= [\"set\"]").replacing("[data]", with: "num_classes = 3\n[data]")
        .replacing("global_batch_size = 64", with: "global_batch_size = 16"), to: "few.toml")
    let trained = try await command(
      "--config", "few.toml", "--run-dir", "run", "--quiet", in: folder.path)
    #expect(trained.exitCode == 0, "\(trained)")
    let run = try await command(
      "evaluate", "--run-dir", "run", "--confusion", "matrix.csv", in: folder.path)
    #expect(run.exitCode == 0 && run.standardError.isEmpty, "\(run)")
    // On a busy machine progress is told as well.
    let lines = run.standardOutput.split(separator: "\n").filter { !$0.hasPrefix("evaluation,") }
    try #require(lines.count == 8, "\(run)")
    #expect(lines[0].contains(", the best so far: run/checkpoints/step-"), "\(run)")
    #expect(lines[1].contains("no top 5 (3 classes) of 18 test samples"), "\(run)")
    #expect(lines[2].hasPrefix("mean over classes ") && lines[2].contains("calibration error"))
    #expect(lines[3].hasPrefix("class  ") && lines[3].hasSuffix("most often taken for"))
    #expect(lines[7] == "confusion matrix: matrix.csv", "\(run)")
    #expect(lines[4...6].contains { $0.contains("猫…") && $0.hasSuffix("           6") }, "\(run)")
    #expect(lines[1...].allSatisfy { $0.count <= 80 }, "\(run)")
    let table = try folder.text(of: "matrix.csv")
    #expect(table.hasPrefix("true class,\"a, \"\"quoted\"\" name"), "\(table)")
    // The same number of other classes is not the same classes.
    try folder.rename("\(folder.path)/set/z", to: "\(folder.path)/set/y")
    let other = try await command("evaluate", "--run-dir", "run", ranks: 2, in: folder.path)
    #expect(other.failed(65, "the set to evaluate lacks class 'z' of the training set"), "\(other)")
  }

  @Test("Wrong files are refused before the work, once", arguments: [nil, 2])
  func refusals(ranks: Int?) async throws {
    let digits = try await TrainedDigits()
    for (arguments, code, words) in [
      (["--confusion", "m.txt"], 64, "--confusion m.txt: end the name in .csv or .png"),
      (["--per-class", "m.png"], 64, "--per-class m.png: end the name in .csv"),
      (["--confusion", "m.csv", "--per-class", "./m.csv"], 64, "is given twice"),
      (["--confusion", "no/m.csv"], 74, "no/m.csv: cannot be written: there is no folder no"),
      (["--per-class", "no/m.csv"], 74, "no/m.csv: cannot be written: there is no folder no"),
      (["--confusion", "run/m.csv", "--confusion", "m.csv/m.png"], 74, "there is no folder m.csv"),
    ] as [([String], Int32, String)] {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: ["evaluate", "--run-dir", "run"] + arguments,
        ranks: ranks, environment: ["OMPI_MCA_orte_execute_quiet": "1"],
        directory: digits.folder.path)
      #expect(run.failed(code, words), "\(run)")
      #expect(!run.standardOutput.contains("loss"))
    }
    #expect(try !digits.folder.names(in: "\(digits.folder.path)/run").contains("m.csv"))
  }

  @Test("Too many classes for a matrix, and a model of text, are refused with 64")
  func noMatrix() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      TrainedDigits.configuration.replacing("[data]", with: "num_classes = 4097\n[data]"),
      to: "many.toml")
    let many = try await command(
      "--config", "many.toml", "--run-dir", "many", "--quiet", in: folder.path)
    #expect(many.exitCode == 0, "\(many)")
    let matrix = try await command(
      "evaluate", "--run-dir", "many", "--confusion", "m.png", in: folder.path)
    #expect(matrix.failed(64, "--confusion: a matrix of 4097 classes", "--per-class"), "\(matrix)")
    let lines = try await command(
      "evaluate", "--run-dir", "many", "--per-class", "m.csv", in: folder.path)
    #expect(lines.exitCode == 0 && lines.standardOutput.contains("worst of 4097 classes"))
    #expect(try folder.text(of: "m.csv").components(separatedBy: "\r\n").count == 4_099)

    try folder.write(BookText.vocabulary, to: "vocab.txt")
    try folder.write(BookText.lines(200), to: "text.txt")
    let prepared = try await command(
      "prepare", "text", "--input", "text.txt", "--vocabulary", "vocab.txt", "--output", "data",
      "--sequence-length", "16", in: folder.path)
    #expect(prepared.exitCode == 0, "\(prepared)")
    try folder.write(
      """
      [model]
      input = "text"
      vocabulary_size = 58
      sequence_length = 16
      d_model = 16
      d_ffn = 32
      num_layers = 2
      [data]
      format = "text"
      train = ["data"]
      test = ["data"]
      [train]
      steps = 2
      global_batch_size = 16
      micro_batch_size = 16
      """, to: "text.toml")
    let trained = try await command(
      "--config", "text.toml", "--run-dir", "text", "--quiet", in: folder.path)
    #expect(trained.exitCode == 0, "\(trained)")
    for (option, file) in [("--confusion", "t.csv"), ("--per-class", "t.csv")] {
      for ranks in [nil, 2] {
        let refused = try await command(
          "evaluate", "--run-dir", "text", option, file, ranks: ranks, in: folder.path)
        #expect(
          refused.failed(64, "\(option): does not go with a model without classes"), "\(refused)")
      }
    }
    let plain = try await command("evaluate", "--run-dir", "text", "--json", in: folder.path)
    let result = try plain.object()
    #expect(result["perplexity"] != nil && result["classes"] == nil)
    #expect(result["calibration_error"] == nil)
  }

  @Test(
    "A disk that fills up takes the files, not the result", .enabled(if: SmallFileSystem.canMount))
  func fullDisk() async throws {
    let digits = try await TrainedDigits()
    let place = "\(digits.folder.path)/small"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    let disk = try SmallFileSystem(kilobytes: 4, at: place)
    defer { #expect(throws: Never.self) { try disk.unmount() } }
    try digits.folder.write([UInt8](repeating: 0, count: 4_096), to: "small/full")
    let full = try await command(
      "evaluate", "--run-dir", "run", "--confusion", "small/m.png", "--json",
      in: digits.folder.path)
    #expect(full.exitCode == 74 && full.standardError.contains("small/m.png: cannot be written"))
    #expect(try full.object()["samples"] as? Int == 359, "\(full)")
    #expect(try digits.folder.names(in: place) == ["full"])
    try disk.makeReadOnly()
    let refused = try await command(
      "evaluate", "--run-dir", "run", "--confusion", "small/m.png", in: digits.folder.path)
    #expect(refused.failed(74, "the folder small takes no files"), "\(refused)")
  }
}
