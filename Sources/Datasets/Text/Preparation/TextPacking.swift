/// The way of the text into shards: lines, tokens, sequences.
final class TextPacking {
  private let draft: TextDraft
  private let reader: CorpusReader
  private let writer: TextShardWriter
  private let unknown: Int32
  private var encoder: any TextEncoder
  private var packer: SequencePacker
  private var record: PreparationRecord

  /// Stands where the record of `draft` says.
  init(
    _ preparation: TextPreparation, vocabulary: Vocabulary, draft: TextDraft
  ) throws(DatasetError) {
    self.draft = draft
    record = draft.record
    reader = try CorpusReader(preparation.corpus, from: record.position)
    writer = try TextShardWriter(
      folder: draft.folder, sequenceLength: preparation.sequenceLength, vocabulary: vocabulary,
      maximumShardBytes: preparation.maximumShardBytes, finishedShards: record.finishedShards)
    encoder = try vocabulary.makeEncoder()
    packer = SequencePacker(length: preparation.sequenceLength, special: vocabulary.special)
    unknown = vocabulary.special.unknown
  }

  /// Packs all text that is left and completes the shards.
  func run(_ progress: (Int) -> Void) throws(DatasetError) {
    try pack {
      progress(reader.storedBytesRead)
      return true
    }
    if let last = packer.finish() { _ = try writer.append(last) }
    guard writer.sampleCount > 0 else {
      throw DatasetError(
        .invalid, FileLocation(record.settings.files[0].path),
        "there is no text in the documents asked for; name other files, or another --holdout")
    }
    _ = try writer.finish()
    record.isComplete = true
    try draft.write(record)
  }

  /// Packs line after line while `goesOn`, which is asked before each.
  func pack(while goesOn: () -> Bool) throws(DatasetError) {
    var tokens: [Int32] = []
    var tokensToSkip = record.tokensOfLine
    while goesOn(), let line = try reader.next() {
      tokens.removeAll(keepingCapacity: true)
      try encoder.encode(line.bytes, into: &tokens)
      try enter(line.position)
      try pack(tokens[tokensToSkip...])
      tokensToSkip = 0
    }
  }

  /// Notes that the line at `position` comes next.
  private func enter(_ position: TextPosition) throws(DatasetError) {
    let isNewDocument = record.documents == 0 || position.document != record.position.document
    if position != record.position { record.tokensOfLine = 0 }
    record.position = position
    guard isNewDocument else { return }
    record.documents += 1
    if let full = packer.separate() { try write(full) }
  }

  private func pack(_ tokens: ArraySlice<Int32>) throws(DatasetError) {
    var rest = tokens
    while !rest.isEmpty {
      let (count, full) = packer.take(rest)
      let taken = rest.prefix(count)
      record.tokens += count
      record.tokensOfLine += count
      record.unknownTokens += taken.count { $0 == unknown }
      rest = rest.dropFirst(count)
      if let full { try write(full) }
    }
  }

  private func write(_ sequence: [Int32]) throws(DatasetError) {
    guard try writer.append(sequence) else { return }
    record.finishedShards = writer.finishedShards
    try draft.write(record)
  }
}
