import Model
import Testing

@testable import Configuration

@Suite("Words of other tools")
struct SynonymTests {
  private static let keys = Set(TrainingConfiguration.settings.map(\.key))

  @Test("Each stands for a key that exists, and for one alone")
  func targets() {
    for entry in Synonyms.keys {
      #expect(Self.keys.contains(entry.key), "\(entry.key)")
      #expect(!entry.words.isEmpty, "\(entry.key)")
    }
    for (key, option) in Synonyms.optionsOfKeys {
      #expect(Self.keys.contains(key) && option.hasPrefix("--"), "\(key)")
    }
    let listed = Synonyms.keys.map(\.key)
    #expect(Set(listed).count == listed.count)
    let order = TrainingConfiguration.settings.map(\.key).filter(listed.contains)
    #expect(order == listed, "in the order of the settings")
    let words = Synonyms.keys.flatMap(\.words)
    let twice = words.filter { word in words.count { $0 == word } > 1 }
    #expect(twice.isEmpty, "\(twice)")
  }

  @Test("Words are written as they are looked for, and none is a name of ours")
  func words() {
    let names = Set(TrainingConfiguration.settings.map(\.name))
    let lists =
      Synonyms.keys.map(\.words) + Synonyms.options.map(\.words) + Synonyms.commands.map(\.words)
      + Synonyms.presets.map(\.words) + Synonyms.remarks.map(\.words)
    for word in lists.joined() {
      #expect(word == word.lowercased() && !word.contains("-"), "\(word)")
    }
    for word in Synonyms.keys.flatMap(\.words) {
      #expect(!names.contains(word) && !Self.keys.contains(word), "\(word)")
    }
  }

  @Test(
    "A key of another tool leads to ours, whatever its table",
    arguments: [
      ("optimizer.lr", "here it is optimizer.learning_rate"), ("lr", "here it is optimizer.lear"),
      ("train.Batch-Size", "here it is train.global_batch_size (samples per step"),
      ("TrainingArguments.num_train_epochs", "here it is train.epochs"),
      ("scheduler.name", "here it is schedule.kind"), ("model.name", "here it is model.kind"),
      ("model.drop_path_rate", "here it is model.survival_probability (1 minus that rate)"),
      ("data.num_workers", "here it is train.threads (threads that compute;"),
      ("train.amp", "here it is train.precision"), ("train.device", "models are trained on CPUs"),
    ])
  func keys(key: String, words: String) {
    let said = TrainingConfiguration.suggestion(forKey: key)
    #expect(said.hasPrefix(words), "\(said)")
  }

  @Test("Presets are known by timm's names, with a tag too")
  func presets() {
    #expect(Synonyms.presets.allSatisfy { ModelConfiguration.preset($0.target) != nil })
    #expect(Synonyms.hint(forPreset: "gmlp_s16_224.ra3_in1k") == "here it is gmlp-s16")
    #expect(Synonyms.hint(forPreset: "bert-base-uncased") == "here it is mlm-bert-base")
    #expect(Synonyms.hint(forPreset: "resnet50") == nil)
  }

  @Test("Options lead to what the command has")
  func options() {
    func hint(_ name: String, _ offered: String...) -> String? {
      Synonyms.hint(forOption: name) { offered.contains($0) }
    }
    #expect(hint("num-epochs", "--epochs", "--set") == "here it is --epochs")
    #expect(hint("num-epochs", "--set") == "here it is --set train.epochs=…")
    #expect(hint("num-epochs") == nil)
    #expect(hint("optimizer.beta2", "--set") == "here it is --set optimizer.beta2=…")
    // Several tables have a kind.
    #expect(hint("kind", "--set") == nil)
    #expect(hint("output", "--run-dir") == "here it is --run-dir")
    #expect(hint("output", "--set") == nil)
  }
}
