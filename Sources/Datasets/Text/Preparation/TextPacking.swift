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

/// Packs the tokens of documents, one after the other, into sequences of one length.
///
/// A sequence is the start token, n − 2 tokens of text, and the separator. Where a document ends
/// inside, a separator comes between it and the next one. Only the last sequence of a set may be
/// filled up, with padding after its separator: no token of text is lost.
///
/// - Note: Source: the full-sentences format of Y. Liu et al., "RoBERTa", arXiv:1907.11692, section
///   4.2, with BERT's special tokens.
struct SequencePacker {
  private let length: Int
  private let special: SpecialTokens

  /// The start token and the text of the current sequence.
  private var sequence: [Int32]

  init(length: Int, special: SpecialTokens) {
    precondition(length >= 3, "sequences of \(length) tokens have no room for text")
    self.length = length
    self.special = special
    sequence = [special.start]
  }

  /// Whether the current sequence has no text yet.
  var isEmpty: Bool { sequence.count == 1 }

  /// Takes as many of `tokens` as the current sequence has room for.
  ///
  /// - Returns: their number, and the sequence if it is full.
  mutating func take(_ tokens: ArraySlice<Int32>) -> (count: Int, full: [Int32]?) {
    let taken = tokens.prefix(length - 1 - sequence.count)
    sequence += taken
    guard sequence.count == length - 1 else { return (taken.count, nil) }
    return (taken.count, close())
  }

  /// Separates what is in progress from the next document.
  ///
  /// - Returns: the sequence if it is full.
  mutating func separate() -> [Int32]? {
    isEmpty ? nil : take([special.separator]).full
  }

  /// The sequence in progress, padded, or nil if it has no text.
  mutating func finish() -> [Int32]? { isEmpty ? nil : close() }

  private mutating func close() -> [Int32] {
    defer { sequence = [special.start] }
    let padding = repeatElement(special.padding, count: length - 1 - sequence.count)
    return sequence + [special.separator] + padding
  }
}
