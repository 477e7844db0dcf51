import Digests

/// The first 192 bytes of a shard of labelled text: its content, and the data set that it is part of.
///
/// All numbers are little-endian: 8 bytes `GMLPLABL`; 32-bit format version, tokens of a sequence, pieces of the
/// vocabulary, ``LabelledTask``, number of this shard, number of shards; 64-bit samples of this shard, number of its
/// first sample, samples of the data set, and bytes of the class names; four SHA-256: of the vocabulary's file, of
/// the data set (``LabelledDigest``), of ``QuestionFile`` or zeros, and the shard's own, over all that follows the
/// header and then the header up to this field.
///
/// After the header come the names of the classes in the order of their labels, each as its length in 32 bits and its
/// UTF-8. Then for each sample its tokens, of 2 bytes, or 4 from 65,537 pieces on, and seven 32-bit numbers: tokens
/// before the padding, where the second text begins, two labels (a class and 0, or an answer's first and last
/// position), number of the text or question, number of the window, and number of the window's first token in the
/// context.
public struct LabelledShardHeader: Sendable, Equatable {
  /// The version of the format that is written, and the only one that is read.
  public static let formatVersion = 1

  /// What the samples are for.
  public let task: LabelledTask

  /// The tokens of each sequence.
  public let sequenceLength: Int

  /// The pieces of the vocabulary.
  public let vocabularySize: Int

  /// The names of the classes in the order of their labels; none for spans.
  public let classNames: [String]

  /// The number of this shard, from 0.
  public let shard: Int

  /// The number of shards of the data set.
  public let shardCount: Int

  /// The number of samples in this shard.
  public let sampleCount: Int

  /// The number that this shard's first sample has in the data set.
  public let firstSample: Int

  /// The number of samples of the data set.
  public let totalCount: Int

  /// The 32 bytes of the SHA-256 of the vocabulary's file.
  public let vocabularyDigest: [UInt8]

  /// The 32 bytes of the data set's ``LabelledDigest``.
  public let datasetDigest: [UInt8]

  /// The 32 bytes of the SHA-256 of the questions' file; zeros where there is none.
  public let questionsDigest: [UInt8]

  static let byteCount = 192
  static let magic = Array("GMLPLABL".utf8)
  static let shardDigestOffset = 160

  /// The most classes.
  static let maximumClasses = 1 << 16

  /// The most bytes of a class's name.
  static let longestName = 1 << 16

  var tokenBytes: Int { TextShardHeader.tokenBytes(vocabularySize: vocabularySize) }

  /// The bytes of one sample.
  var sampleBytes: Int {
    Self.sampleBytes(sequenceLength: sequenceLength, vocabularySize: vocabularySize)
  }

  static func sampleBytes(sequenceLength: Int, vocabularySize: Int) -> Int {
    sequenceLength * TextShardHeader.tokenBytes(vocabularySize: vocabularySize)
      + LabelledSample.numberCount * 4
  }

  /// The byte at which the first sample begins.
  var samplesOffset: Int { Self.byteCount + Self.encode(classNames).count }

  /// The names of classes as they follow the header.
  static func encode(_ classNames: [String]) -> [UInt8] {
    classNames.flatMap { littleEndianBytes(UInt32($0.utf8.count)) + Array($0.utf8) }
  }

  /// The header up to the shard's own digest.
  func encode() -> [UInt8] {
    let sizes = [
      Self.formatVersion, sequenceLength, vocabularySize, task.rawValue, shard, shardCount,
    ]
    let counts = [sampleCount, firstSample, totalCount, Self.encode(classNames).count]
    return Self.magic + sizes.flatMap { littleEndianBytes(UInt32($0)) }
      + counts.flatMap { littleEndianBytes(UInt64($0)) }
      + vocabularyDigest + datasetDigest + questionsDigest
  }
}

extension LabelledShardHeader: ShardPlace {
  func isOfSet(of other: LabelledShardHeader) -> Bool {
    vocabularyDigest == other.vocabularyDigest && datasetDigest == other.datasetDigest
      && questionsDigest == other.questionsDigest && task == other.task
      && sequenceLength == other.sequenceLength && vocabularySize == other.vocabularySize
      && classNames == other.classNames
  }
}

extension LabelledShardHeader {
  /// Decodes and checks the header at the front of `file`, the names of the classes, and the file's length.
  init(_ file: MappedBytes) throws(DatasetError) {
    // A file that ends before it could differ may be a shard that was cut off.
    guard Self.magic.starts(with: file.bytes(from: 0, count: min(file.count, 8))) else {
      throw DatasetError(
        .invalid, file.location(0),
        file.noShard(
          "this is not a shard of labelled text",
          advice: "make one with prepare classification or prepare spans"))
    }
    try file.checkShardHeader(
      Self.byteCount, "labelled text shard", version: Self.formatVersion)
    let nonsense = DatasetError(
      .invalid, file.location(12), "the sizes in the shard header make no sense; make it again")
    guard let task = LabelledTask(rawValue: file.number(at: 20, bytes: 4)) else { throw nonsense }
    self.task = task
    sequenceLength = file.number(at: 12, bytes: 4)
    vocabularySize = file.number(at: 16, bytes: 4)
    shard = file.number(at: 24, bytes: 4)
    shardCount = file.number(at: 28, bytes: 4)
    sampleCount = file.number(at: 32, bytes: 8)
    firstSample = file.number(at: 40, bytes: 8)
    totalCount = file.number(at: 48, bytes: 8)
    let nameBytes = file.number(at: 56, bytes: 8)
    vocabularyDigest = file.bytes(from: 64, count: 32)
    datasetDigest = file.bytes(from: 96, count: 32)
    questionsDigest = file.bytes(from: 128, count: 32)
    // Within these limits no product or sum below can overflow 64 bits.
    let counts = [sampleCount, firstSample, totalCount]
    guard SequenceLayout.shortest...TextShardHeader.longestSequence ~= sequenceLength,
      1...1 << 28 ~= vocabularySize, counts.allSatisfy({ 0 <= $0 && $0 < 1 << 31 }),
      shard < shardCount, sampleCount > 0, firstSample + sampleCount <= totalCount,
      0...(file.count - Self.byteCount) ~= nameBytes
    else { throw nonsense }
    classNames = try Self.classNames(
      in: file, Self.byteCount..<(Self.byteCount + nameBytes), task: task)
    let sampleBytes = Self.sampleBytes(
      sequenceLength: sequenceLength, vocabularySize: vocabularySize)
    try file.checkShardEnd(
      Self.byteCount + nameBytes + sampleCount * sampleBytes, "\(sampleCount) samples")
  }

  private static func classNames(
    in file: MappedBytes, _ range: Range<Int>, task: LabelledTask
  ) throws(DatasetError) -> [String] {
    var names: [String] = []
    var place = range.lowerBound
    while place < range.upperBound {
      let start = place + 4
      let length = start <= range.upperBound ? file.number(at: place, bytes: 4) : 0
      guard 1...longestName ~= length, start + length <= range.upperBound,
        let name = String(
          validating: file.bytes(from: start, count: length), as: UTF8.self)
      else {
        throw DatasetError(
          .invalid, file.location(place), "a class name is missing; copy or make the shard again"
        )
      }
      names.append(name)
      place = start + length
    }
    let isDistinct = Set(names.map { Array($0.utf8) }).count == names.count
    guard isDistinct, task == .classification ? 1...maximumClasses ~= names.count : names.isEmpty
    else {
      throw DatasetError(
        .invalid, file.location(56),
        "the shard has \(names.count) class names, which do not go with its task; make it again")
    }
    return names
  }

  /// Reads the whole shard at `path` and compares its SHA-256 with the recorded one.
  ///
  /// - Returns: the header and the shard's digest in hexadecimal.
  /// - Throws: ``DatasetError`` if it is not a complete shard or its digest differs.
  public static func verify(
    _ path: String
  ) throws(DatasetError) -> (header: LabelledShardHeader, digest: String) {
    let file = try MappedBytes(contentsOf: path)
    let header = try LabelledShardHeader(file)
    try ShardDigest.verify(file, digestAt: shardDigestOffset)
    return (header, hexadecimal(file.bytes(from: shardDigestOffset, count: 32)))
  }

  /// Whether the file at `path` begins as a shard of labelled text does.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read.
  public static func begins(_ path: String) throws(DatasetError) -> Bool {
    try OpenFile(reading: path).read(at: 0, limit: 8) == magic
  }

  /// The SHA-256 of the vocabulary's file in hexadecimal.
  public var vocabularyDigestText: String { hexadecimal(vocabularyDigest) }

  /// The data set's digest in hexadecimal.
  public var datasetDigestText: String { hexadecimal(datasetDigest) }
}
