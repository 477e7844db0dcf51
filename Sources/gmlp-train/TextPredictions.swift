import Configuration
import Datasets
import Files
import Foundation
import Inspection
import Platform
import Train

/// Asks a model about texts in arguments, files and standard input, and gives each answer as soon as it is known.
final class TextPredictions<ModelPredictor: InputPredictor> {
  /// The argument that means standard input.
  private static var standardInput: String { "-" }

  private var predictor: ModelPredictor
  private let fields: TextInputFields
  private let companion: String?
  private let top: Int?
  private let output: Output
  private let text: (ModelPredictor.Answer) -> String
  private var failed = FailedInputs(of: 0, listsFailures: false)
  private var count = 0

  /// Predictions that have not begun.
  ///
  /// - Parameters:
  ///   - predictor: answers.
  ///   - fields: what texts are called in files.
  ///   - companion: what goes with each plain text: the second one of a pair, or the question on it.
  ///   - top: how many possible answers are given for each input; nil: all for programs, one for people.
  ///   - output: where answers go.
  ///   - text: an answer for people.
  init(
    _ predictor: ModelPredictor, _ fields: TextInputFields, companion: String?, top: Int?,
    _ output: Output, text: @escaping (ModelPredictor.Answer) -> String
  ) {
    self.predictor = predictor
    self.fields = fields
    self.companion = companion
    self.top = top ?? (output.json ? nil : 1)
    self.output = output
    self.text = text
  }

  /// Answers all that `arguments` mean, in their order: a text each, a file, or "-"; none mean standard input.
  ///
  /// - Throws: ``CommandError`` (65) after the last one if some could not be used; `OutputError`.
  func answer(_ arguments: [String]) throws {
    if arguments.isEmpty && isatty(STDIN_FILENO) == 1 {
      throw CommandError(
        "inputs are missing: give texts or files, or write to standard input", exitCode: .usage)
    }
    let sources = arguments.isEmpty ? [Self.standardInput] : arguments
    failed.count = sources.count
    var texts: [TextInput] = []
    for (index, source) in sources.enumerated() {
      guard source != Self.standardInput, !TextInputReader.isPath(source) else {
        try answer(texts)
        texts = []
        try answerAll(in: source)
        continue
      }
      texts.append(
        TextInput(argument: source, number: index + 1, fields: fields, companion: companion))
      if texts.count == predictor.batchSize {
        try answer(texts)
        texts = []
      }
    }
    try answer(texts)
    failed.count = count
    try failed.finish()
  }

  /// Answers all inputs of a file, or of standard input, as they come.
  private func answerAll(in source: String) throws {
    let before = count
    let reader: TextInputReader
    do throws(DatasetError) {
      reader = try self.reader(of: source)
    } catch {
      return try answer([TextInput(file: source, failure: error)])
    }
    // A fault is reported before waiting for the next line.
    failed.count = max(failed.count, 2)
    while true {
      let inputs: [TextInput]
      do throws(DatasetError) {
        inputs = try reader.next(atMost: predictor.batchSize)
      } catch {
        return try answer([TextInput(file: source, failure: error)])
      }
      if inputs.isEmpty { break }
      try answer(inputs)
    }
    guard source != Self.standardInput, count == before else { return }
    let error = DatasetError(
      .invalid, FileLocation(source), "there is no text in the file; name another")
    try answer([TextInput(file: source, failure: error)])
  }

  private func reader(of source: String) throws(DatasetError) -> TextInputReader {
    guard source != Self.standardInput else {
      return TextInputReader(standardInputWith: fields, companion: companion)
    }
    return try TextInputReader(file: source, fields: fields, companion: companion)
  }

  /// Answers `inputs`, and gives each answer at once.
  private func answer(_ inputs: [TextInput]) throws {
    var left = inputs[...]
    let contents = inputs.compactMap { try? $0.content.get() }
    try predictor.predict(contents, top: top) { answer in
      try reportFaults(at: &left)
      guard let input = left.popFirst() else {
        preconditionFailure("more answers than \(contents.count)")
      }
      count += 1
      try output.give(AnsweredInput(count, input, answer: answer), text(answer))
    }
    try reportFaults(at: &left)
    precondition(left.isEmpty, "\(left.count) of \(contents.count) inputs have no answer")
  }

  /// Reports the inputs before the next one that can be used, and drops them.
  private func reportFaults(at inputs: inout ArraySlice<TextInput>) throws {
    while let input = inputs.first, case .failure(let error) = input.content {
      inputs.removeFirst()
      count += 1
      let fault = CommandError(describing: error)
      failed.note(input.file ?? "", fault)
      guard output.json else { continue }
      try output.give(AnsweredInput<ModelPredictor.Answer>(count, input, error: fault), "")
    }
  }
}

/// A line of `predict --json` about texts: the answer to one input, or why there is none.
private struct AnsweredInput<Answer: Encodable>: Encodable {
  private let number: Int
  private let input: TextInput
  private let answer: Answer?
  private let error: String?

  init(_ number: Int, _ input: TextInput, answer: Answer) {
    (self.number, self.input, self.answer, error) = (number, input, answer, nil)
  }

  init(_ number: Int, _ input: TextInput, error: CommandError) {
    (self.number, self.input, answer, self.error) = (number, input, nil, error.description)
  }

  private enum CodingKeys: String, CodingKey {
    case input, file, line, id, error
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(number, forKey: .input)
    try container.encodeIfPresent(input.file, forKey: .file)
    try container.encodeIfPresent(input.line, forKey: .line)
    try container.encodeIfPresent(input.id, forKey: .id)
    try container.encodeIfPresent(error, forKey: .error)
    // Its members are added to those.
    try answer?.encode(to: encoder)
  }
}
