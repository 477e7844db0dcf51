import Batches
import Datasets
import Model
import Testing

@testable import Configuration

/// What `task.kind` makes of a configuration.
@Suite("Tasks")
struct TaskTests {
  /// Texts that exist only as far as their labels have to be known.
  private struct Texts: LabelledText {
    let count = 1
    let digest = "texts"
    let labelsPerSample: Int
    var classNames: [String]?

    func sequence(of sample: Int) -> LabelledSequence {
      LabelledSequence(tokens: [2, 3], labels: [0, 1].suffix(labelsPerSample))
    }
  }

  private func configuration(_ assignments: String...) throws -> TrainingConfiguration {
    try TrainingConfiguration(file: nil, assignments: ["model.input=text"] + assignments)
  }

  @Test("Images are classified, text is filled in, unless the task says otherwise")
  func kinds() throws {
    #expect(TrainingConfiguration().task is ImageClassification)
    var images = TrainingConfiguration()
    images.model.task.kind = .classification
    #expect(images.task is ImageClassification)
    #expect(try configuration().task is MaskedLanguageModel)
    let classes = try configuration("task.kind=classification", "model.num_classes=3")
    #expect(classes.task is TextClassification)
    #expect(classes.task.classCount == 3 && classes.task.looksForOneClass)
    #expect(classes.task.bestMetric == .accuracy && classes.task.oneSample == "a text")
    let spans = try configuration("task.kind=spans")
    #expect(spans.task is SpanExtraction && spans.task.classCount == nil)
    #expect(spans.task.oneSample == "a window" && spans.task.metrics(loss: 1).isEmpty)
    #expect(!images.task.looksForOneClass && !spans.task.looksForOneClass)
  }

  @Test("A task lists what is reported, and says how often its samples repeat")
  func reports() throws {
    let images = try TrainingConfiguration(file: nil, assignments: ["augment.repeats=3"]).task
    #expect(images.shares == [.accuracy, .accuracyTop5] && images.repeats == 3)
    let classes = try configuration(
      "augment.repeats=3", "task.kind=classification", "model.num_classes=3"
    ).task
    #expect(classes.shares == [.accuracy] && classes.repeats == 1)
    let result = MicroBatchResult(lossSum: 1, correct: 1, correctTop5: 3, samples: 4, labels: 4)
    #expect(LabelShare.accuracy.value(in: result) == 0.25)
    #expect(LabelShare.accuracyTop5.value(in: result) == 0.75)
  }

  @Test("Wrong values are named with their table")
  func errors() throws {
    for (assignments, words) in [
      (["task.kind=spans"], "task.kind = \"spans\": is for model.input = \"text\""),
      (["task.pooling=last"], "task.pooling must be one of \"first\", \"mean\""),
      (["task.dropout=1.0"], "task.dropout = 1.0: must be from 0 to 0.9"),
      (["schedule.warmup_share=2.0"], "schedule.warmup_share = 2.0: must be at least 0"),
      (
        ["schedule.warmup_share=0.1", "schedule.warmup_epochs=1.0"],
        "does not go with schedule.warmup_epochs = 1.0"
      ),
      (["model.input=text", "model.padding_token=32000"], "model.padding_token = 32000"),
      (["task.king=spans"], "the nearest known one is task.kind"),
    ] {
      #expect {
        try TrainingConfiguration(file: nil, assignments: assignments).validate()
      } throws: {
        "\($0)".contains(words)
      }
    }
  }

  @Test("Labels that the model does not learn are refused, with what to write")
  func labels() throws {
    let classes = try configuration("task.kind=classification", "model.num_classes=3")
    let spans = try configuration("task.kind=spans")
    let three = Texts(labelsPerSample: 1, classNames: ["entailment", "neutral", "contradiction"])
    let two = Texts(labelsPerSample: 1, classNames: ["negative", "positive"])
    let answers = Texts(labelsPerSample: 2)
    #expect(throws: Never.self) { try classes.requireLabels(of: three, in: ["nli"]) }
    #expect(throws: Never.self) { try spans.requireLabels(of: answers, in: ["squad"]) }
    for (configuration, source, words) in [
      (classes, two, "model.num_classes = 3: set has 2, negative, positive; write that number"),
      (classes, answers, "task.kind = \"classification\": set has spans; write \"spans\""),
      (spans, two, "set has a class for each text; write \"classification\""),
    ] {
      #expect {
        try configuration.requireLabels(of: source, in: ["set"])
      } throws: {
        "\($0)".contains(words)
      }
    }
  }

  @Test("Samples for measuring have the shapes that the model takes", arguments: TaskKind.allCases)
  func synthetic(kind: TaskKind) throws {
    var configuration = try configuration("model.sequence_length=12", "model.vocabulary_size=9")
    configuration.model.task.kind = kind
    configuration.model.numClasses = 3
    let source = configuration.task.synthetic(count: 40)
    let batch = try source.batchMaker(BatchSettings(.evaluation))
      .makeBatch(of: Array(0..<40), epoch: 0)
    let model = configuration.model
    guard case .text(let tokens, let positions) = batch.content else {
      Issue.record("not text")
      return
    }
    #expect(tokens.count == 40 * 12 && positions.count == 40 * model.predictions)
    #expect(batch.labels.count == 40 * model.labelsPerSample)
    #expect(Set(batch.labels) == Set(0..<Int32(model.labelValues)))
  }
}
