import Datasets
import TestSupport

/// `TextSource`: a set of shards of text, with and without their digests.
struct TextShardsReader: FuzzedReader {
  static let name = "text-shards"

  let seeds: [FuzzSeed]
  private let folder: String

  init(in folder: String) throws {
    let letters = "abcdefghijklmnopqrstuvwxyz".map { "\($0)\n##\($0)\n" }.joined()
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map { $0 + "\n" }.joined()
    let vocabulary = try FuzzSeed(Array((special + letters).utf8), to: "\(folder)/vocab.txt")
    let text = try FuzzSeed(
      Array("the quick brown fox jumps over the lazy dog\n".utf8), to: "\(folder)/text.txt")
    let preparation = TextPreparation(
      corpus: TextCorpus(files: [text.path]), vocabulary: .file(vocabulary.path),
      sequenceLength: 8, maximumShardBytes: 160 + 4 * 16)
    self.folder = "\(folder)/set"
    _ = try preparation.run(in: self.folder)
    let source = try openText(files: [self.folder], split: .train)
    seeds = try source.files.map { try FuzzSeed($0) }
  }

  func mend(_ bytes: [UInt8], of seed: FuzzSeed) -> [UInt8] { mendShard(bytes, headerEnd: 160) }

  func read(_ seed: FuzzSeed) throws {
    for verifying in [false, true] {
      let source = try openText(files: [folder], split: .train, verifying: verifying)
      for sample in 0..<source.count {
        let tokens = try source.tokens(of: sample)
        guard tokens.allSatisfy({ 0..<source.vocabulary.count ~= Int($0) }) else {
          throw FuzzFinding(description: "tokens \(tokens) are taken")
        }
      }
    }
  }

  func isRefusal(_ error: any Error) -> Bool { isDatasetRefusal(error) }
}
