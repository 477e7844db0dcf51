import Datasets
import Scoring

/// Asks a model about the windows of questions, a batch at a time.
///
/// No more windows exist than a batch has, however long a context is; a batch may have windows of several questions.
/// What the model says of a window goes into the pool of its question, which keeps the best answers alone.
struct QuestionBatches {
  /// Takes a question and the answer to it.
  typealias Give = (_ question: String, _ answer: SpanAnswer) throws -> Void

  /// A question that has windows without logits.
  private struct Asked {
    let question: String
    var pool: AnswerPool
  }

  /// A window that waits for the next batch.
  private struct Waiting {
    /// The number of its question in `asked`.
    let question: Int
    /// Its own number in the question.
    let number: Int
    let window: EncodedQuestion.Window
  }

  private let batchSize: Int
  private let settings: AnswerPool.Settings
  private let logits: ([[Int32]]) throws -> [Float]
  private var asked: [Asked] = []
  private var waiting: [Waiting] = []

  /// Batches, of which the first is empty.
  ///
  /// - Parameters:
  ///   - batchSize: the most windows that the model is asked about at once.
  ///   - settings: how answers are searched.
  ///   - logits: gives for B sequences of N tokens (B, 2, N) logits.
  init(
    of batchSize: Int, _ settings: AnswerPool.Settings,
    logits: @escaping ([[Int32]]) throws -> [Float]
  ) {
    precondition(batchSize > 0, "batches of \(batchSize) windows")
    self.batchSize = batchSize
    self.settings = settings
    self.logits = logits
  }

  /// Adds a question, and asks about all full batches.
  ///
  /// - Parameters:
  ///   - question: what is asked.
  ///   - encoded: its windows.
  ///   - context: the scalars of the text that they are of.
  ///   - give: takes the answers that are known now, in the order of the questions.
  /// - Throws: what the model or `give` throws; `ScoringError` if a logit is not finite.
  mutating func add(
    _ question: String, _ encoded: EncodedQuestion, in context: [Unicode.Scalar], give: Give
  ) throws {
    asked.append(
      Asked(
        question: question,
        pool: AnswerPool(
          Scoring.ContextWindows(encoded.windows), in: context, settings: settings)))
    for number in encoded.windows.indices {
      waiting.append(
        Waiting(question: asked.count - 1, number: number, window: encoded.window(number)))
      if waiting.count == batchSize { try ask(give) }
    }
  }

  /// Asks about the last batch, so that every question has been answered.
  ///
  /// - Throws: what ``add(_:_:in:give:)`` throws.
  mutating func finish(give: Give) throws {
    if !waiting.isEmpty { try ask(give) }
  }

  private mutating func ask(_ give: Give) throws {
    let all = try logits(waiting.map(\.window.tokens))
    let width = all.count / waiting.count
    precondition(
      all.count == waiting.count * width, "\(all.count) logits of \(waiting.count) windows")
    for (place, one) in waiting.enumerated() {
      let own = all[(place * width)..<((place + 1) * width)]
      try asked[one.question].pool.add(
        WindowScores(own, bestCount: settings.bestCount), of: one.number,
        contextStart: one.window.contextStart, scalars: one.window.scalars)
    }
    waiting.removeAll(keepingCapacity: true)
    // Windows are asked about in order, so at most the last question has some left.
    let complete = asked.prefix(while: { $0.pool.isComplete })
    asked.removeFirst(complete.count)
    for one in complete { try give(one.question, one.pool.answer()) }
  }
}
