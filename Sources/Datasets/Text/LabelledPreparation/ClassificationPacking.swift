import Files

/// The way of labelled rows into shards: rows, tokens, sequences.
final class ClassificationPacking {
  private let preparation: ClassificationPreparation
  private let names: LabelNames
  private let vocabulary: Vocabulary
  private var encoder: TextPairEncoder
  private var rowsDone = 0

  init(
    _ preparation: ClassificationPreparation, _ names: LabelNames, _ vocabulary: Vocabulary
  ) throws(DatasetError) {
    self.preparation = preparation
    self.names = names
    self.vocabulary = vocabulary
    encoder = try TextPairEncoder(vocabulary, sequenceLength: preparation.sequenceLength)
  }

  /// A set that grows.
  private struct Growing {
    let writer: LabelledShardWriter
    var report: LabelledSetReport
  }

  /// Packs all rows of `files`.
  ///
  /// - Parameters:
  ///   - files: the tables, which were checked.
  ///   - draft: where the sets go.
  ///   - sets: the set of the rows, and that of those held out, if any are.
  ///   - progress: receives the rows done.
  /// - Returns: what is in the sets.
  /// - Throws: ``DatasetError`` that names the row at fault, or if the disk refuses.
  func pack(
    _ files: [String], into draft: SetsDraft, _ sets: [PreparedSet], _ progress: (Int) -> Void
  ) throws(DatasetError) -> [LabelledSetReport] {
    var growing: [Growing] = []
    for set in sets {
      let writer = try LabelledShardWriter(
        folder: draft.makeFolder(set), task: .classification, classNames: names.names,
        sequenceLength: preparation.sequenceLength, vocabulary: vocabulary,
        maximumShardBytes: preparation.maximumShardBytes)
      let counts = names.names.map { _ in 0 }
      growing.append(
        Growing(writer: writer, report: LabelledSetReport(set: set, classCounts: counts)))
    }
    var example = 0
    for file in files {
      let reader = try TableReader(file, columns: preparation.columns)
      while let row = try reader.next() {
        defer { example += 1 }
        if preparation.skippedLabels.contains(row.label) || row.isBlank { continue }
        let isHeldOut = sets.count > 1 && (preparation.holdout?.contains(row.groupText) ?? false)
        try pack(row, example, FileLocation(file, line: row.line), &growing[isHeldOut ? 1 : 0])
        rowsDone += 1
        progress(rowsDone)
      }
    }
    for set in growing {
      guard set.writer.sampleCount > 0 else { throw emptySet(set.report.set, files) }
      try set.writer.finish()
    }
    return growing.map(\.report)
  }

  private func emptySet(_ set: PreparedSet, _ files: [String]) -> DatasetError {
    DatasetError(
      .invalid, FileLocation(files[0]),
      preparation.holdout == nil || set == .dev
        ? "there is no row with a text; name other files"
        : "no row is left for the set '\(set.rawValue)'; choose another --holdout, or another --group"
    )
  }

  private func pack(
    _ row: LabelledRow, _ example: Int, _ place: FileLocation, _ growing: inout Growing
  ) throws(DatasetError) {
    guard let label = names.number(of: row.label) else {
      throw DatasetError(
        .invalid, place, "\(names.refusal(of: row.label)); the file changed while it was read")
    }
    let texts = try encoder.encode(row.text, row.pair)
    try growing.writer.append(LabelledSample(texts.packed, labels: [label], example: example))
    growing.report.classCounts[Int(label)] += 1
    growing.report.lengths.add(texts.textTokens + (texts.isPair ? 3 : 2))
    growing.report.truncated += texts.cutTokens > 0 ? 1 : 0
    growing.report.tokens += texts.textTokens
    growing.report.unknownTokens += texts.unknownTokens
  }
}
