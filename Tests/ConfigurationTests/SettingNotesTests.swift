import Testing

@testable import Configuration

@Suite("Settings without effect or sense")
struct SettingNotesTests {
  @Test(
    "Each is reported with its key and a remedy",
    arguments: [
      (["train.micro_batch_size=64"], "a step has 2 micro-batches for 4 workers: 2 of them"),
      (
        ["schedule.warmup_steps=100"],
        "warmup_steps = 100 and the run has 100 steps: the learning rate only rises, to 100 %"
      ),
      (["schedule.warmup_steps=400"], "only rises, to 25 % of optimizer.learning_rate"),
      (
        ["schedule.warmup_epochs=8"],
        "schedule.warmup_epochs = 8.0, 200 steps, and the run has 100 steps: the learning rate only rises, to 50 %"
      ),
      (
        ["schedule.warmup_share=1"],
        "schedule.warmup_share = 1.0 and the run has 100 steps: the learning rate only rises, to 100 %"
      ),
      (["augment.crop_padding=28"], "augment.crop_padding = 28 with images of 28 × 28"),
      (["model.image_size=[8,64]", "augment.crop_padding=8"], "with images of 8 × 64"),
      (
        ["schedule.kind=constant", "schedule.minimum_learning_rate=1e-5"],
        "schedule.minimum_learning_rate = 1e-05 has no effect"
      ),
      (["optimizer.learning_rate=0"], "nothing is learned"),
      (
        ["optimizer.learning_rate=2", "optimizer.weight_decay=0.5"], "a step decays weights by all"
      ),
      (
        ["optimizer.momentum=0.5"],
        "optimizer.momentum = 0.5 has no effect: optimizer.kind is \"adamw\""
      ),
      (
        ["optimizer.kind=sgd", "optimizer.beta1=0.8"],
        "optimizer.beta1 = 0.8 has no effect: optimizer.kind is \"sgd\""
      ),
      (
        ["optimizer.kind=lamb", "optimizer.weight_decay=0"], "only tensors that decay are scaled"
      ),
      (["model.num_classes=1"], "all images are of one class"),
      (["augment.policy=v0"], "grey images have no colour to change"),
      (["augment.color_jitter=0.4"], "grey images have no colour to change"),
      (
        ["model.channels=3", "augment.policy=v0", "augment.color_jitter=0.4"],
        "augment.color_jitter has no effect: augment.policy"
      ),
      (["augment.crop_scale=[0.5,1.0]"], "augment.crop_scale has no effect"),
      (
        ["augment.random_resized_crop=true", "augment.crop_padding=4"],
        "augment.crop_padding has no effect"
      ),
      (
        ["augment.interpolation=random"],
        "augment.interpolation = \"random\" has no effect: without"
      ),
      (["augment.erasing_mode=pixel"], "augment.erasing_mode has no effect"),
      (["augment.mixing=elem"], "augment.mixing has no effect"),
      (["augment.mixup=0.8", "train.micro_batch_size=1"], "none has a partner"),
      (
        ["model.input=text", "augment.mixup=0.8"],
        "augment.mixup = 0.8 has no effect: model.input is \"text\""
      ),
      (
        ["model.input=text", "model.separator_token=3"],
        "model.separator_token = 3 has no effect: model.segments is false"
      ),
      (["train.sub_batch_size=99"], "train.sub_batch_size = 99 is more than"),
      (
        ["model.vocabulary_size=9"],
        "model.vocabulary_size = 9 has no effect: model.input is \"images\""
      ),
      (["data.whole_words=true"], "data.whole_words = true has no effect"),
      (
        ["data.format=digits", "data.train=[\"a\"]", "data.test=[]"],
        "data.train = [\"a\"] has no effect"
      ),
      (
        ["model.input=text", "model.num_classes=5"],
        "model.num_classes = 5 has no effect: task.kind is \"auto\""
      ),
      (
        ["model.input=text", "augment.horizontal_flip=true"],
        "augment.horizontal_flip = true has no effect"
      ),
      (["model.input=text", "augment.crop_padding=4"], "augment.crop_padding = 4 has no effect"),
      (
        ["model.input=text", "task.kind=classification", "model.predictions_per_sequence=5"],
        "model.predictions_per_sequence = 5 has no effect: task.kind is \"classification\""
      ),
      (
        ["model.input=text", "task.kind=spans", "task.pooling=mean"],
        "task.pooling = \"mean\" has no effect: task.kind is \"spans\""
      ),
      (
        ["model.input=text", "task.dropout=0.2"],
        "task.dropout = 0.2 has no effect: task.kind is \"auto\""
      ),
      (["task.pooling=mean"], "task.pooling = \"mean\" has no effect: model.input is \"images\""),
      (
        ["model.input=text", "task.kind=classification", "task.pooling=mean"],
        "the mean is over padding too"
      ),
      (
        ["model.input=text", "task.kind=classification", "model.num_classes=1"],
        "all texts are of one class"
      ),
      (["model.input=text", "data.mean=[0.5]"], "data.mean = [0.5] has no effect"),
      (["model.input=text", "model.predictions_per_sequence=100"], "hides most of the 128 tokens"),
    ])
  func each(assignments: [String], finding: String) throws {
    let usual = ["schedule.warmup_steps=10"]
    let configuration = try TrainingConfiguration(file: nil, assignments: usual + assignments)
    try configuration.validate()
    let notes = configuration.notes(workers: 4, steps: 100, stepsPerEpoch: 25)
    #expect(notes.count == 1 && notes[0].finding.contains(finding), "\(notes)")
    #expect(notes.allSatisfy { !$0.cure.isEmpty })
  }

  @Test(
    "Steps of warm-up that do not count are not judged",
    arguments: ["schedule.warmup_epochs=0.5", "schedule.warmup_share=0.1"])
  func otherWarmup(assignment: String) throws {
    let configuration = try TrainingConfiguration(
      file: nil, assignments: ["schedule.warmup_steps=400", assignment])
    #expect(configuration.notes(workers: 4, steps: 100) == [])
  }

  @Test("Of what is not known nothing is said")
  func unknown() throws {
    #expect(TrainingConfiguration().notes(workers: 8, steps: nil) == [])
    let epochs = try TrainingConfiguration(file: nil, assignments: ["schedule.warmup_epochs=8"])
    #expect(epochs.notes(workers: 8, steps: 100) == [])
  }

  @Test("Steps of warm-up that do not count are not compared with the run")
  func otherWarmup() throws {
    // The default of warmup_steps is 117.
    let epochs = try TrainingConfiguration(file: nil, assignments: ["schedule.warmup_epochs=1"])
    #expect(epochs.notes(workers: 8, steps: 100, stepsPerEpoch: 25) == [])
    let steps = try TrainingConfiguration(file: nil, assignments: [])
    #expect(steps.notes(workers: 8, steps: 100, stepsPerEpoch: 25).count == 1)
  }

  @Test("No configuration that people start from has one", arguments: ConfigurationFilesTests.names)
  func shipped(name: String) throws {
    let configuration = try ConfigurationFilesTests.load(name)
    #expect(configuration.notes(workers: 2, steps: 100_000) == [])
  }
}
