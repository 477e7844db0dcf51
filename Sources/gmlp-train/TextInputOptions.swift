import ArgumentParser
import Datasets
import Inspection

/// The options of `predict` for models that classify texts or find answers in them.
struct TextInputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The key or column that has the text.", valueName: "name"))
  var text: String?

  @Option(
    help: ArgumentHelp("The key or column that has the second text.", valueName: "name"))
  var pair: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The second text of the pair, for all plain texts.", valueName: "text"))
  var second: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The question about all plain texts.", valueName: "text"))
  var question: String?

  @Option(
    help: """
      Tokens from the beginning of one window of a long context to the beginning of the next. (default: \
      \(QuestionEncoder.usualWindowStep))
      """)
  var windowStep: Int?

  @Option(
    help: "Cut questions to this many tokens. (default: \(QuestionEncoder.usualQuestionTokens))")
  var questionLength: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Give no answer if its null odds exceed this. (default: 0, if there may be no answer)",
      valueName: "number"))
  var noAnswerThreshold: Double?

  func validate() throws {
    if pair != nil && text == nil { throw ValidationError("--pair: goes with --text") }
    for (name, value) in [("--window-step", windowStep), ("--question-length", questionLength)] {
      if let value, value < 1 { throw ValidationError("\(name) \(value): must be at least 1") }
    }
    if let noAnswerThreshold, !noAnswerThreshold.isFinite {
      throw ValidationError("--no-answer-threshold \(noAnswerThreshold): must be a number")
    }
  }

  /// What texts and pairs of texts are called.
  var textFields: TextInputFields {
    text.map { TextInputFields.texts($0, pair: pair) } ?? .usualTexts
  }

  /// How answers are searched.
  var spanSettings: SpanPredictor.Settings {
    var settings = SpanPredictor.Settings()
    if let windowStep { settings.windowStep = windowStep }
    settings.questionTokens = questionLength
    settings.noAnswerThreshold = noAnswerThreshold
    return settings
  }

  /// Those that were given and are for classes of texts alone.
  var givenForClasses: [String] {
    [("--text", text), ("--pair", pair), ("--second", second)].filter { $0.1 != nil }.map(\.0)
  }

  /// Those that were given and are for answers alone.
  var givenForAnswers: [String] {
    [
      ("--question", question != nil), ("--window-step", windowStep != nil),
      ("--question-length", questionLength != nil),
      ("--no-answer-threshold", noAnswerThreshold != nil),
    ].filter(\.1).map(\.0)
  }
}
