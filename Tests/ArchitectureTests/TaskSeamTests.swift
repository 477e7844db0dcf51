import Testing

/// What a model takes and what it is for are two keys; the rest of the program asks for what follows from them.
@Suite("Task seam")
struct TaskSeamTests {
  /// The files that may ask beside the stems and `Datasets`: the keys themselves, and one choice of each kind.
  private static let choosers: Set = [
    "Model/Configuration/ModelConfiguration.swift", "Model/Configuration/TaskConfiguration.swift",
    // Of stem and head, of the task, of the predictor, and of the words of other programs.
    "Model/ModelConfiguration+Layers.swift", "Configuration/Tasks/TrainingTask.swift",
    "gmlp-train/PredictCommand.swift", "Exports/ExportedTask.swift",
  ]

  /// The forms that the question has.
  private let questions = [
    #/[!=]= \.(?:text|images|classification|spans)\b/#,
    #/[!=]= \.(?:imageClass|hiddenTokens|textClass|span)\b/#,
    // What has a value is taken apart, not asked.
    #/case \.(?:text|images|imageClass|hiddenTokens|textClass|span)\b(?!\()/#,
    #/switch \(?(?:\w+\.)*(?:input|output|task\.kind)\b(?!\.)/#,
    #/\btask(?:\.kind)? [!=]= /#,
    #/\b(?:takes|has|wants)(?:Text|Images)\b|\bisText\b(?!\()/#,
    #/as\? (?:any )?TextSource\b/#,
  ].map { $0.wordBoundaryKind(.simple) }

  @Test("Outside of stems, data and the places that choose, nothing asks whether the input is text")
  func sources() throws {
    let files = try ArchitectureTests.read.get().files
    let asking = files.filter { question(in: $0.code) != nil }
    for file in asking where file.target != "Datasets" && file.folder != "Stems" {
      #expect(
        Self.choosers.contains(file.path),
        "\(file.path) asks \"\(question(in: file.code) ?? "")\": name what is meant, as docs/tutorials/add-a-task.md does"
      )
    }
    #expect(Self.choosers.subtracting(asking.map(\.path)).isEmpty)
  }

  @Test(
    "The question is found in all of its forms",
    arguments: [
      "guard configuration.model.input == .text else { return }",
      "  package var repeats: Int { model.input == .images ? augment.repeats : 1 }",
      "guard (data.format == .text) != isOpen else { return }",
      "switch configuration.input {", "switch (input, task.kind) {", "switch task.kind {",
      "switch trained.model.configuration.output {", "case .images: 1", "case .textClass, .span:",
      "guard output != .hiddenTokens else { return 0 }", "if task == .automatic {",
      "if source.task != .classification {", "if trained.takesImages {",
      "var hasText: Bool", "let source = source as? TextSource", "if isText {",
      "if kind == .spans {",
    ])
  func forms(code: String) {
    #expect(question(in: code) != nil)
  }

  @Test(
    "What only looks like it is not found",
    arguments: [
      "configuration.input = .text", "switch input.content {", "switch (format, input.count) {",
      "guard case .images(let images) = content else { return }", "case .text(let summary):",
      "if otherTask != nil {", "if isText(pairs) {",
    ])
  func others(code: String) {
    #expect(question(in: code) == nil)
  }

  private func question(in code: String) -> Substring? {
    questions.lazy.compactMap { code.firstMatch(of: $0)?.0 }.first
  }
}
