/// Where the vocabulary of a preparation comes from.
public enum VocabularyChoice: Sendable, Equatable {
  /// A file: a SentencePiece model or a `vocab.txt`.
  case file(String)

  /// A SentencePiece model of this many pieces, learnt from at most this many bytes of the text.
  case learnt(pieces: Int, sampleBytes: Int)
}
