import Files

/// All that decides what a preparation writes: an unfinished one goes on only under equal ones.
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
      case .learnt(let pieces, let bytes): "\(pieces) pieces of \(bytes) bytes"
      }
    sequenceLength = preparation.sequenceLength
    maximumShardBytes = preparation.maximumShardBytes
  }
}
