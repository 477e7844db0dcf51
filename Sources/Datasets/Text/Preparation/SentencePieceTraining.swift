import CSentencePiece
import Randomness

/// Learns a SentencePiece vocabulary from a corpus: a unigram model that keeps capitals.
///
/// It has the five special tokens of masked language models as numbers 0 to 4. The same text gives
/// the same vocabulary on any machine with the same library.
///
/// - Note: Source: T. Kudo, J. Richardson, "SentencePiece", EMNLP 2018.
struct SentencePieceTraining {
  /// Pieces wanted, the special ones included.
  let pieceCount: Int

  /// Bytes of text to learn from at most; lines are drawn from a longer corpus at random.
  let sampleBytes: Int

  /// Learns from `corpus`.
  ///
  /// - Parameters:
  ///   - corpus: the text, which is read once to measure and once to learn.
  ///   - progress: receives the bytes of the files that were read, as they are stored.
  /// - Returns: the content of the model's file.
  /// - Throws: ``DatasetError`` if the text cannot be read or is too short for so many pieces.
  func learn(
    _ corpus: TextCorpus, progress: (Int) -> Void
  ) throws(DatasetError) -> [UInt8] {
    let reader = try CorpusReader(corpus)
    var bytes = 0
    while let line = try reader.next() {
      bytes += line.bytes.count
      progress(reader.storedBytesRead)
    }
    guard bytes > 0 else {
      throw DatasetError(
        .invalid, FileLocation(corpus.files[0]), "there is no text in --input; name other files")
    }
    let lines = SampledLines(
      try CorpusReader(corpus), share: Float(sampleBytes) / Float(bytes),
      file: corpus.files[0])
    let failure = unsafe train(lines)
    if let error = lines.error {
      unsafe sentencepiece_failure_free(failure)
      throw error
    }
    guard unsafe failure == nil else {
      let reason = unsafe SentencePieceModel.message(failure)
      throw DatasetError(
        .invalid, FileLocation(corpus.files[0]),
        "no vocabulary of \(pieceCount) pieces can be learned (\(reason)); choose another "
          + "--vocabulary-size or give more text")
    }
    return lines.model
  }

  /// The options of spm_train.
  private var options: String {
    [
      "model_type=unigram", "vocab_size=\(pieceCount)",
      "pad_id=0", "unk_id=1", "bos_id=2", "eos_id=3",
      "pad_piece=[PAD]", "unk_piece=[UNK]", "bos_piece=[CLS]", "eos_piece=[SEP]",
      "control_symbols=[MASK]",
      // The library's own 0.9995 leaves out rarer capitals and digits of English.
      "character_coverage=0.99995",
      "max_sentence_length=\(LineReader.longestLine)",
      // Sums of counts go by thread: a fixed number of threads makes them the same everywhere.
      "num_threads=16",
      // Errors alone; what it says otherwise goes to standard error line by line.
      "minloglevel=2",
    ].joined(separator: " ")
  }

  private func train(_ lines: SampledLines) -> OpaquePointer? {
    unsafe sentencepiece_train(
      options,
      { context, line, count in unsafe SampledLines.of(context).give(line, count) },
      Unmanaged.passUnretained(lines).toOpaque(),
      { context, bytes, count in
        unsafe SampledLines.of(context).model = unsafe Array(
          UnsafeBufferPointer(start: bytes, count: count))
      })
  }
}

/// Hands the lines of a corpus to the trainer, each with the same probability, and takes its model.
@safe private final class SampledLines {
  var model: [UInt8] = []
  private(set) var error: DatasetError?

  private let reader: CorpusReader
  private let share: Float
  private let file: String
  /// Whether a line had a character to learn from: the library ends the process where none has.
  private var hasLearnable = false
  private var number = 0
  private var line: UnsafeMutableBufferPointer<UInt8>

  init(_ reader: CorpusReader, share: Float, file: String) {
    self.file = file
    self.reader = reader
    self.share = share
    unsafe line = .allocate(capacity: LineReader.longestLine)
  }

  deinit {
    unsafe line.deallocate()
  }

  static func of(_ context: UnsafeMutableRawPointer?) -> SampledLines {
    guard let context = unsafe context else { preconditionFailure("lines of no corpus") }
    return unsafe Unmanaged<SampledLines>.fromOpaque(context).takeUnretainedValue()
  }

  /// The next line: 1, at the end 0, after a failure −1.
  func give(
    _ target: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ count: UnsafeMutablePointer<Int>?
  ) -> Int32 {
    do throws(DatasetError) {
      guard let bytes = try nextSampled() else {
        if hasLearnable { return 0 }
        throw DatasetError(
          .invalid, FileLocation(file),
          "there is no text in --input, only blanks and control characters; name other files")
      }
      if !hasLearnable { hasLearnable = Self.isLearnable(bytes) }
      _ = unsafe line.update(fromContentsOf: bytes)
      unsafe target?.pointee = UnsafePointer(line.baseAddress)
      unsafe count?.pointee = bytes.count
      return 1
    } catch {
      self.error = error
      return -1
    }
  }

  /// Whether the library keeps a character of the line: it makes blanks of some, and removes others.
  ///
  /// Lines with U+2585, by which it marks what is unknown, it leaves out.
  private static func isLearnable(_ line: [UInt8]) -> Bool {
    let scalars = String(decoding: line, as: UTF8.self).unicodeScalars
    return !scalars.contains("\u{2585}")
      && scalars.contains { scalar in
        let isRemoved =
          switch scalar.properties.generalCategory {
          case .control, .format: true
          default: scalar.properties.isWhitespace
          }
        return !isRemoved && scalar != "\u{2581}" && scalar != "\u{FFFD}"
      }
  }

  private func nextSampled() throws(DatasetError) -> [UInt8]? {
    while let next = try reader.next() {
      // Any seed will do; the run's seed is not known to a vocabulary.
      let key = RandomKey(
        seed: 0, purpose: .vocabularySample, time: number >> 32, sample: number & 0xffff_ffff)
      number += 1
      if key.uniform(0) < share { return next.bytes }
    }
    return nil
  }
}
