import Testing

@testable import Configuration

@Suite("Suggestions for unknown words")
struct SuggestionTests {
  private static let words = ["train", "evaluate", "predict", "inspect", "benchmark", "torture"]

  @Test(
    "A slip of the fingers is understood",
    arguments: [
      ("trian", "train"), ("tran", "train"), ("Train", "train"), ("evalute", "evaluate"),
      ("bench", "benchmark"), ("inspct", "inspect"), ("benhcmark", "benchmark"),
    ])
  func near(word: String, known: String) {
    #expect(
      suggestion(for: word, among: Self.words, called: "the words")
        == "the nearest known one is \(known)")
  }

  @Test(
    "Another word is not made into one of ours", arguments: ["finetune", "x", "", "serve", "tr"])
  func far(word: String) {
    #expect(
      suggestion(for: word, among: Self.words, called: "the words")
        == "the words are train, evaluate, predict, inspect, benchmark, torture")
  }

  @Test(
    "A key is looked for in its table, then in all, or its table is listed",
    arguments: [
      ("train.epoch", "the nearest known one is train.epochs"),
      ("training.epochs", "the nearest known one is train.epochs"),
      ("sed", "the nearest known one is seed"),
      ("modle.d_modl", "the nearest known one is model.d_model"),
      ("train.learning_rate", "the nearest known one is optimizer.learning_rate"),
      ("epochs", "the nearest known one is train.epochs"),
      ("augment.solarization", "the keys of [augment] are crop_padding, horizontal_flip"),
      ("model.gain", "the keys of [model] are kind, input, "),
      (
        "wandb.project",
        "the tables are model, task, data, train, optimizer, schedule, augment, log, and "
      ),
      ("", "the tables are model, "), ("a.b.c", "the tables are model, "),
    ])
  func keys(key: String, words: String) {
    let said = TrainingConfiguration.suggestion(forKey: key)
    #expect(said.hasPrefix(words), "\(said)")
  }
}
