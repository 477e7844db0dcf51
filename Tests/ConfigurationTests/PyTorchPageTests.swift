import Foundation
import Model
import Testing

@testable import Configuration

/// The page for people who come from PyTorch, which names many keys.
@Suite("Coming from PyTorch")
struct PyTorchPageTests {
  private let text: String

  init() throws {
    let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    text = try String(
      contentsOf: package.appending(path: "docs/coming-from-pytorch.md"), encoding: .utf8)
  }

  @Test("Its configuration is valid, and its model is timm's gmlp_s16_224")
  func configuration() throws {
    let block = try #require(text.firstMatch(of: /(?s)```toml\n(.*?)```/))
    var configuration = TrainingConfiguration()
    try configuration.apply(toml: String(block.1), from: "the page")
    try configuration.validate()
    var model = try #require(ModelConfiguration.preset("gmlp-s16"))
    model.numClasses = 10
    model.survivalProbability = 0.95
    #expect(configuration.model == model)
  }

  @Test("Every key that it names exists")
  func keys() {
    let keys = Set(TrainingConfiguration.settings.map(\.key))
    let named = text.matches(
      of: /`(?:model|task|data|train|optimizer|schedule|augment)\.[a-z0-9_]+/
    ).map { String($0.output.dropFirst()) }
    let files: Set = ["model.safetensors", "optimizer.safetensors", "train.py"]
    #expect(named.count > 60)
    for key in named where !files.contains(key) {
      #expect(keys.contains(key), "\(key)")
    }
  }

  @Test("A key that is named without its table is one of the table before it")
  func shortKeys() {
    let keys = Set(TrainingConfiguration.settings.map(\.key))
    var found = 0
    // As in `augment.mixup`, `cutmix`.
    for pair in text.matches(of: /`([a-z]+)\.[a-z0-9_]+`((?:, `[a-z0-9_]+`)+)/) {
      for name in pair.2.matches(of: /[a-z0-9_]+/) {
        found += 1
        #expect(keys.contains("\(pair.1).\(name.output)"), "\(pair.output)")
      }
    }
    #expect(found > 8)
  }
}
