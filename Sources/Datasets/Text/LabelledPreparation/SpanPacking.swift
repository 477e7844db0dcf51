import Files

/// The way of one set of questions into shards: paragraphs, tokens, windows.
final class SpanPacking {
  private let preparation: SpanPreparation
  private let vocabulary: Vocabulary
  private let writer: LabelledShardWriter
  private var encoder: QuestionEncoder
  private var stored: [QuestionFile.Paragraph] = []
  private var report: SpanSetReport

  /// A packing of `paragraphs` into `folder`.
  init(
    _ preparation: SpanPreparation, _ set: PreparedSet, _ paragraphs: [QuestionSet.Paragraph],
    _ vocabulary: Vocabulary, _ folder: Folder
  ) throws(DatasetError) {
    self.preparation = preparation
    self.vocabulary = vocabulary
    let hasImpossible = paragraphs.contains { $0.questions.contains(where: \.isImpossible) }
    writer = try LabelledShardWriter(
      folder: folder, task: hasImpossible ? .optionalSpans : .spans,
      sequenceLength: preparation.sequenceLength, vocabulary: vocabulary,
      maximumShardBytes: preparation.maximumShardBytes)
    encoder = try QuestionEncoder(
      vocabulary, sequenceLength: preparation.sequenceLength, windowStep: preparation.windowStep,
      questionTokens: preparation.questionTokens)
    report = SpanSetReport(set: set)
  }

  /// Packs all questions of a paragraph.
  func pack(_ paragraph: QuestionSet.Paragraph) throws(DatasetError) {
    if paragraph.questions.isEmpty { return }
    let context = try encoder.tokens(of: paragraph.context)
    let scalars = Array(paragraph.context.unicodeScalars)
    report.paragraphs += 1
    report.tokens += context.count
    report.unknownTokens += context.count { $0.token == vocabulary.special.unknown }
    for question in paragraph.questions {
      try pack(question, context, scalars)
      report.questions += 1
    }
    stored.append(
      QuestionFile.Paragraph(
        context: paragraph.context,
        places: context.flatMap { [$0.scalars.lowerBound, $0.scalars.upperBound] },
        questions: paragraph.questions.map { question in
          QuestionFile.Question(
            id: question.id, question: question.text,
            answers: question.answers.map {
              QuestionFile.Answer(text: $0.text, start: $0.start)
            })
        }))
  }

  /// Completes the set.
  func finish() throws(DatasetError) -> SpanSetReport {
    try writer.finish(questions: QuestionFile(stored).encode())
    return report
  }

  private func pack(
    _ question: QuestionSet.Question, _ context: [PlacedToken], _ scalars: [Unicode.Scalar]
  ) throws(DatasetError) {
    let answer = tokens(of: question, context, scalars)
    let asked = try encoder.windows(of: question.text, on: context)
    var isWhole = false
    for (number, shown) in asked.windows.enumerated() {
      let window = asked.window(number)
      let inside = answer.flatMap { answer in
        shown.contains(answer.lowerBound) && shown.contains(answer.upperBound) ? answer : nil
      }
      let shift = window.contextStart - shown.lowerBound
      let labels = inside.map { [$0.lowerBound + shift, $0.upperBound + shift] } ?? [0, 0]
      try writer.append(
        LabelledSample(
          window.packed, labels: labels.map { Int32($0) }, example: report.questions,
          window: number, firstContextToken: shown.lowerBound))
      report.windowsWithAnswer += inside == nil ? 0 : 1
      isWhole = isWhole || inside != nil
    }
    if answer != nil && !isWhole { report.split.add(printable(question.id)) }
    report.windows += asked.windows.count
    report.answers += question.answers.count
    report.impossible += question.isImpossible ? 1 : 0
    report.cutQuestions += asked.keptTokens < asked.tokens ? 1 : 0
    report.lengths.add(asked.tokens + context.count + 3)
    report.questionLengths.add(asked.tokens)
    if let answer { report.answerLengths.add(answer.count) }
  }

  /// The first and the last token of the answer that is learned: the first one given.
  ///
  /// - Returns: nil if there is no answer, or no token covers any of it.
  private func tokens(
    of question: QuestionSet.Question, _ context: [PlacedToken], _ scalars: [Unicode.Scalar]
  ) -> ClosedRange<Int>? {
    guard let answer = question.answers.first else { return nil }
    let range = answer.range
    // Places ascend, so the tokens that overlap the answer are neighbours.
    let found = context.indices.filter { context[$0].scalars.overlaps(range) }
    let (first, last) = (found.first, found.last)
    let decoded =
      if let first, let last {
        text(scalars[context[first].scalars.lowerBound..<context[last].scalars.upperBound])
      } else {
        ""
      }
    if !decoded.utf8.elementsEqual(answer.text.utf8) {
      report.undecodable.add(
        "\(printable(question.id)): '\(printable(answer.text))' became '\(printable(decoded))'")
    }
    guard let first, let last else { return nil }
    return first...last
  }

  private func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    String(String.UnicodeScalarView(scalars))
  }
}
