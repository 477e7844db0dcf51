import Configuration
package import Datasets
import Model
import Platform
import Scoring

/// Finds the answers to questions in the texts that are given with them.
///
/// A context is kept once, as its tokens. Its windows exist a batch at a time, so that memory and time grow with the
/// context's length alone.
package struct SpanPredictor: InputPredictor {
  package typealias Answer = FoundAnswer

  /// How contexts become windows, and what counts as an answer.
  package struct Settings: Sendable, Equatable {
    /// The tokens from the beginning of one window to the beginning of the next.
    package var windowStep = QuestionEncoder.usualWindowStep
    /// The tokens that stay of a longer question; nil for the usual number, as far as the model has room for it.
    package var questionTokens: Int?
    /// No answer is given where the null odds exceed it; nil: 0 for a model that learned questions without an answer,
    /// and else there always is one.
    package var noAnswerThreshold: Double?

    /// Those with which questions are prepared by default.
    package init() {}
  }

  private let trained: TrainedModel
  private let threads: PredictionThreads
  private let pool: AnswerPool.Settings
  private let threshold: Double
  private var encoder: QuestionEncoder
  /// The last context: many questions may have the same.
  private var lastContext: Context?

  /// A predictor.
  ///
  /// - Parameters:
  ///   - trained: the model and its weights.
  ///   - settings: those of the preparation of its training set.
  ///   - file: the vocabulary that the model was trained with; nil: the one beside its training set.
  ///   - threads: at least one; nil for as many as there are processors for this process.
  /// - Throws: ``CommandError`` (64) for questions that are longer than the model; `DatasetError` or
  ///   ``CommandError`` for a vocabulary that is not there or not the model's; `BLASError`; `ThreadError` if the system
  ///   grants no thread.
  package init(
    _ trained: TrainedModel, _ settings: Settings, vocabulary file: String?, threads: Int? = nil
  ) throws {
    let model = trained.configuration.model
    let text = try TrainingText(trained, vocabulary: file)
    let room = model.sequenceLength - QuestionEncoder.ownTokens
    if let asked = settings.questionTokens, asked > room {
      throw CommandError(
        "--question-length \(asked): the model takes \(model.sequenceLength) tokens, of which a question may have "
          + "\(room)", exitCode: .usage)
    }
    self.trained = trained
    pool = AnswerPool.Settings(
      allowsNoAnswer: text.hasUnanswerable || settings.noAnswerThreshold != nil)
    threshold = settings.noAnswerThreshold ?? 0
    self.threads = try PredictionThreads(trained, threads: threads)
    encoder = try QuestionEncoder(
      text.vocabulary, sequenceLength: model.sequenceLength, windowStep: settings.windowStep,
      questionTokens: settings.questionTokens ?? min(QuestionEncoder.usualQuestionTokens, room))
  }

  package var batchSize: Int { threads.batchSize }

  /// A text that is asked about.
  private struct Context {
    let text: String
    let scalars: [Unicode.Scalar]
    let tokens: [PlacedToken]
  }

  package mutating func predict(
    _ contents: [TextInput.Content], top: Int?, give: (FoundAnswer) throws -> Void
  ) throws {
    var batches = QuestionBatches(of: batchSize, pool) { [threads] sequences in
      try threads.logits(ofSequences: sequences)
    }
    let threshold = threshold
    do {
      for content in contents {
        guard case .question(let question, let text) = content else {
          preconditionFailure("a text where a question belongs")
        }
        let context = try context(of: text)
        let windows = try encoder.windows(of: question, on: context.tokens)
        try batches.add(question, windows, in: context.scalars) { question, answer in
          try give(FoundAnswer(question, answer, threshold: threshold, top: top))
        }
      }
      try batches.finish { question, answer in
        try give(FoundAnswer(question, answer, threshold: threshold, top: top))
      }
    } catch let error as ScoringError {
      throw CommandError("\(trained.weightsPath): \(error)", exitCode: .internalError)
    }
  }

  private mutating func context(of text: String) throws -> Context {
    // Equal strings may have other scalars.
    if let lastContext, lastContext.text.utf8.elementsEqual(text.utf8) { return lastContext }
    let context = Context(
      text: text, scalars: Array(text.unicodeScalars), tokens: try encoder.tokens(of: text))
    lastContext = context
    return context
  }
}

/// What a model answers to one question.
package struct FoundAnswer: Sendable, Equatable, Encodable {
  /// A passage of the context, or no answer.
  package struct Candidate: Sendable, Equatable, Encodable {
    /// The passage; empty for no answer.
    package let text: String
    /// Its share among all candidates.
    package let probability: Double
    /// The first of its Unicode scalars in the context, from 0; nil for no answer.
    package let start: Int?
    /// The scalar behind its last; nil for no answer.
    package let end: Int?
  }

  /// The question as it was given.
  package let question: String
  /// The answer: a passage of the context; empty for no answer.
  package let answer: String
  /// Its share among all candidates.
  package let probability: Double
  /// The first of its Unicode scalars in the context, from 0; nil for no answer.
  package let start: Int?
  /// The scalar behind its last; nil for no answer.
  package let end: Int?
  /// How much no answer is preferred to the best passage; nil if there always is an answer.
  package let nullOdds: Double?
  /// The most probable answers, the best first.
  package let candidates: [Candidate]

  /// The answer as a candidate.
  package var chosen: Candidate {
    Candidate(text: answer, probability: probability, start: start, end: end)
  }

  init(_ question: String, _ found: SpanAnswer, threshold: Double, top: Int?) {
    self.question = question
    let best = Candidate(found.best(threshold: threshold))
    (answer, probability, start, end) = (best.text, best.probability, best.start, best.end)
    nullOdds = found.nullOdds
    candidates = found.candidates.prefix(top ?? found.candidates.count).map { Candidate($0) }
  }
}

extension FoundAnswer.Candidate {
  /// Where no window has a valid passage, BERT says "empty", which is of no text.
  init(_ candidate: SpanAnswer.Candidate) {
    self.init(
      text: candidate.range == nil ? "" : candidate.text, probability: candidate.probability,
      start: candidate.range?.lowerBound, end: candidate.range?.upperBound)
  }
}
