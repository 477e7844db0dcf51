import Datasets
import TestSupport

/// `LabelledTextSource`: a set of shards of labelled text, with and without their digests.
struct LabelledShardsReader: FuzzedReader {
  static let name = "labelled-shards"

  let seeds: [FuzzSeed]
  private let folder: String

  init(in folder: String) throws {
    let letters = "abcdefghijklmnopqrstuvwxyz".map { "\($0)\n##\($0)\n" }.joined()
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map { $0 + "\n" }.joined()
    let vocabulary = try FuzzSeed(Array((special + letters).utf8), to: "\(folder)/vocab.txt")
    let table = try FuzzSeed(
      Array("label\ta\tb\nyes\tfox\tdog\nno\tlazy\tquick\nyes\tthe\tfox\nno\tdog\t\n".utf8),
      to: "\(folder)/table.tsv")
    var preparation = ClassificationPreparation(
      training: [table.path], columns: TableColumns(label: "label", text: "a", pair: "b"),
      vocabulary: vocabulary.path)
    preparation.sequenceLength = 12
    preparation.maximumShardBytes = 192 + 13 + 2 * 52
    _ = try preparation.run(in: "\(folder)/sets")
    self.folder = "\(folder)/sets/train"
    seeds = try LabelledTextSource(files: [self.folder]).files.map { try FuzzSeed($0) }
  }

  func mend(_ bytes: [UInt8], of seed: FuzzSeed) -> [UInt8] { mendShard(bytes, headerEnd: 192) }

  func read(_ seed: FuzzSeed) throws {
    for verifying in [false, true] {
      let source = try LabelledTextSource(files: [folder], verifying: verifying)
      for number in 0..<source.count {
        let sample = try source.sample(number)
        let isSound =
          sample.tokens.allSatisfy { 0..<source.vocabulary.count ~= Int($0) }
          && sample.tokenCount <= source.sequenceLength && sample.border <= sample.tokenCount
        guard isSound else { throw FuzzFinding(description: "sample \(sample) is taken") }
      }
    }
  }

  func isRefusal(_ error: any Error) -> Bool { isDatasetRefusal(error) }
}
