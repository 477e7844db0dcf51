import Files

/// How far a preparation of text is.
///
/// It is written when the vocabulary is there, after each full shard, and at the end.
struct PreparationRecord: DraftRecord, Equatable {
  /// What is written.
  let settings: PreparationSettings

  /// Full shards that are on the disk.
  var finishedShards = 0

  /// The line in which the last of them ended, or the front of the corpus.
  var position = TextPosition()

  /// Tokens of that line which are in the shards.
  var tokensOfLine = 0

  /// Documents met so far.
  var documents = 0

  /// Tokens of text so far.
  var tokens = 0

  /// Unknown ones among them.
  var unknownTokens = 0

  /// Whether all shards and their headers are on the disk.
  var isComplete = false

  /// Replaces the record in `folder`; returns when it is on the disk.
  func write(in folder: Folder) throws(DatasetError) {
    try folder.replaceFile(Self.fileName, with: encode())
  }
}

/// All that decides what a preparation writes: an unfinished one continues only with equal settings.
struct PreparationSettings: Codable, Sendable, Equatable {
  /// An input file as it was found.
  struct InputFile: Codable, Sendable, Equatable {
    let path: String
    let bytes: Int
    let modifiedNanoseconds: Int
  }

  let files: [InputFile]
  let documents: String
  let holdout: Int?
  let split: DatasetSplit
  let vocabulary: String
  let sequenceLength: Int
  let maximumShardBytes: Int

  /// The settings of `preparation` with the files as they are now.
  init(_ preparation: TextPreparation) throws(DatasetError) {
    var files: [InputFile] = []
    for path in preparation.corpus.files {
      let status = try OpenFile(reading: path).status()
      files.append(
        InputFile(
          path: path, bytes: status.bytes, modifiedNanoseconds: status.modifiedNanoseconds))
    }
    self.files = files
    documents =
      switch preparation.corpus.documents {
      case .files: "files"
      case .blankLines: "blank-lines"
      case .index(let index): "index \(index.digest)"
      }
    holdout = preparation.corpus.holdout
    split = preparation.corpus.split
    vocabulary =
      switch preparation.vocabulary {
      case .file(let path): try Vocabulary(contentsOf: path).digest
      case .learned(let pieces, let bytes): "\(pieces) pieces of \(bytes) bytes"
      }
    sequenceLength = preparation.sequenceLength
    maximumShardBytes = preparation.maximumShardBytes
  }
}
