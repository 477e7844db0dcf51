import Datasets
import Scoring
import TestSupport
import Testing

@testable import Inspection

@Suite("Windows of questions, a batch at a time")
struct QuestionBatchesTests {
  private let folder: TemporaryFolder
  /// Sequences of 16 tokens, of which a question has at most four; windows begin 3 apart.
  private let encoder: QuestionEncoder

  init() throws {
    folder = try TemporaryFolder()
    let file = try folder.write(BookText.vocabulary, to: "vocab.txt")
    encoder = try QuestionEncoder(
      Vocabulary(contentsOf: file), sequenceLength: 16, windowStep: 3, questionTokens: 4)
  }

  /// A question, its windows, and the scalars of its context.
  private typealias Asked = (question: String, windows: EncodedQuestion, context: [Unicode.Scalar])

  private func encode(_ question: String, _ context: String) throws -> Asked {
    var encoder = encoder
    let tokens = try encoder.tokens(of: context)
    return (
      question, try encoder.windows(of: question, on: tokens), Array(context.unicodeScalars)
    )
  }

  /// What a model might say: logits that follow from the tokens of a window, many of them equal.
  private static func logits(of sequences: [[Int32]]) -> [Float] {
    sequences.flatMap { tokens -> [Float] in
      var state = UInt64(1)
      for token in tokens { state = state &* 31 &+ UInt64(token) }
      return (0..<(2 * tokens.count)).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(state >> 61)
      }
    }
  }

  /// The answers, and how many windows each batch had.
  private func ask(
    _ all: [Asked], batchSize: Int, allowsNoAnswer: Bool = true
  ) throws -> (answers: [SpanAnswer], batches: [Int]) {
    var sizes: [Int] = []
    var batches = QuestionBatches(
      of: batchSize, AnswerPool.Settings(allowsNoAnswer: allowsNoAnswer)
    ) { sequences in
      sizes.append(sequences.count)
      return Self.logits(of: sequences)
    }
    var questions: [String] = []
    var answers: [SpanAnswer] = []
    let give = { (question: String, answer: SpanAnswer) in
      questions.append(question)
      answers.append(answer)
    }
    for one in all { try batches.add(one.question, one.windows, in: one.context, give: give) }
    try batches.finish(give: give)
    #expect(questions == all.map(\.question))
    return (answers, sizes)
  }

  /// The answer from all windows at once.
  private func answer(_ asked: Asked, allowsNoAnswer: Bool) throws -> SpanAnswer {
    let windows = asked.windows.windows.indices.map { asked.windows.window($0) }
    var pool = AnswerPool(
      Scoring.ContextWindows(asked.windows.windows), in: asked.context,
      settings: AnswerPool.Settings(allowsNoAnswer: allowsNoAnswer))
    let logits = Self.logits(of: windows.map(\.tokens))
    let width = logits.count / windows.count
    for (number, window) in windows.enumerated().reversed() {
      let own = logits[(number * width)..<((number + 1) * width)]
      try pool.add(
        WindowScores(own, bestCount: 20), of: number, contextStart: window.contextStart,
        scalars: window.scalars)
    }
    return pool.answer()
  }

  @Test(
    "Many questions in one batch get the answers that each gets alone, from all of its windows",
    arguments: [true, false])
  func together(allowsNoAnswer: Bool) throws {
    let lines = BookText.lines(60).split(separator: "\n").map(String.init)
    var all: [Asked] = []
    for number in 0..<20 {
      let context = lines[number..<(number + 1 + number % 3)].joined(separator: " ")
      all.append(try encode("\(lines[40 + number])", context))
    }
    all.append(try encode("so", "x"))
    let expected = try all.map { try answer($0, allowsNoAnswer: allowsNoAnswer) }
    let count = all.reduce(0) { $0 + $1.windows.windows.count }
    for batchSize in [1, 2, 7, 64, count, count + 1] {
      let found = try ask(all, batchSize: batchSize, allowsNoAnswer: allowsNoAnswer)
      #expect(found.answers == expected, "batches of \(batchSize)")
      #expect(found.batches.dropLast().allSatisfy { $0 == batchSize })
      #expect(found.batches.reduce(0, +) == count && found.batches.last ?? 0 <= batchSize)
    }
    let none = try ask([], batchSize: 4)
    #expect(none.answers.isEmpty && none.batches.isEmpty)
  }

  @Test("Of a context of 20,000 words no more windows exist at once than a batch has")
  func long() throws {
    let letters = Array("abcdefghijklmnopqrstuvwxyz")
    let words = (0..<20_000).map { String(letters[($0 * $0 / 7) % 26]) }
    let long = try encode("so lu", words.joined(separator: " "))
    #expect(long.windows.windows.count > 6_000)
    var asked = 0
    var largest = 0
    var batches = QuestionBatches(of: 32, AnswerPool.Settings()) { sequences in
      asked += sequences.count
      largest = max(largest, sequences.count)
      return Self.logits(of: sequences)
    }
    var known: [Int] = []
    let short = try encode("ta", "tane lu")
    let give = { (_: String, _: SpanAnswer) in known.append(asked) }
    for one in [short, long, short] {
      try batches.add(one.question, one.windows, in: one.context, give: give)
    }
    try batches.finish(give: give)
    let count = long.windows.windows.count + 2 * short.windows.windows.count
    #expect(largest == 32 && asked == count)
    // The first answer does not wait for the long context.
    #expect(known.count == 3 && known[0] == 32)
    #expect(known[1] <= known[2] && known[2] == count)
  }
}
