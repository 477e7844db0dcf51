import Datasets
import Foundation
import Model
import TestSupport
import Testing

@testable import Configuration

@Suite("Configuration")
struct TrainingConfigurationTests {
  @Test("The resolved file gives the same configuration again")
  func roundTrip() throws {
    var configuration = TrainingConfiguration()
    configuration.seed = 42
    configuration.data.train = ["a \"quoted\" file", "tab\there"]
    configuration.optimizer.learningRate = 1.0 / 3
    configuration.schedule.kind = .linear
    configuration.augment.horizontalFlip = true
    var again = TrainingConfiguration()
    try again.apply(toml: configuration.toml, from: "test")
    #expect(again == configuration)
  }

  @Test("Every key has a table, a meaning and its own place")
  func settings() {
    let keys = TrainingConfiguration.settings.map(\.key)
    #expect(Set(keys).count == keys.count)
    #expect(TrainingConfiguration.settings.allSatisfy { !$0.meaning.isEmpty })
  }

  @Test("A zero below zero is zero: another identity would refuse to resume")
  func negativeZero() throws {
    var (plain, negative) = (TrainingConfiguration(), TrainingConfiguration())
    try plain.apply(assignment: "optimizer.grad_clip=0.0")
    try negative.apply(assignment: "optimizer.grad_clip=-0.0")
    #expect(plain.toml == negative.toml)
    #expect(plain.toml.contains("grad_clip = 0.0\n"))
  }

  @Test(
    "Wrong text is refused with a line that says where and what",
    arguments: [
      ("[train]\nepoch = 3", "unknown key train.epoch; the nearest known one is train.epochs"),
      ("[modle]\nd_model = 3", "unknown key modle"),
      (
        "[train]\nbatch_size = 3",
        "here it is train.global_batch_size (samples per step, of all ranks together)"
      ),
      (
        "[train]\nsize = 3",
        "the nearest known ones are train.global_batch_size, train.micro_batch_size, train.sub_batch_size"
      ),
      (
        "[data]\nfactors = 3",
        "the nearest known ones are optimizer.rate_factors, optimizer.decay_factors"
      ),
      ("[train]\nmax_epochs = 3", "here it is train.epochs"),
      ("[train]\nlearning_rate = 3", "the nearest known one is optimizer.learning_rate"),
      ("train = 3", "[train] is a table of keys, as in train.epochs"),
      ("[[data]]\nformat = \"digits\"", "[data] is a table of keys, as in data.format"),
      ("[train.steps]\nx = 3", "train.steps is a key, not a table"),
      ("[optimizer]\nlearning_rate = inf", "optimizer.learning_rate must be a finite number"),
      ("[train]\nepochs = \"three\"", "train.epochs must be an integer"),
      ("[train]\nepochs = 1.5", "train.epochs must be an integer"),
      ("[optimizer]\nlearning_rate = nan", "optimizer.learning_rate must be a finite number"),
      ("[schedule]\nkind = \"cosinus\"", "schedule.kind must be one of \"cosine\""),
      ("[model]\nimage_size = [28, \"28\"]", "model.image_size must be a list"),
      ("seed = -1", "seed must be an integer of at least 0"),
      ("[train\nepochs = 3", "line 1"),
    ])
  func wrongText(text: String, expected: String) {
    var configuration = TrainingConfiguration()
    let error = #expect(throws: ConfigurationError.self) {
      try configuration.apply(toml: text, from: "file.toml")
    }
    #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
    #expect(error?.description.hasPrefix("file.toml: ") == true)
    #expect(error?.description.contains("\n") == false)
  }

  /// The parser would drop part of these texts, or end the process.
  @Test(
    "Text that the parser must not meet is refused before",
    arguments: [
      ("seed = 1\u{0}\nseed = 2", "code 0"), ("[data]\ntrain = [\"a\\u0000b\"]", "code 0"),
      ("[=]", "line 1, column 2: the name of a table"),
      ("seed = 1\n[[ é]]", "line 2, column 4: the name of a table cannot begin with 'é'"),
      ("[ # c\n", "cannot begin with '#'"), ("[\n", "cannot begin with '\\n'"),
      ("a = '''\n[=]'''\n[=]", "line 3, column 2: the name of a table"),
      ("a = [\n1, # ]\n}]", "line 3, column 1: a list is still open"),
      ("a = [1,\u{2028}2]", "line 1, column 8: '\\u{2028}' is outside quotes"),
      ("seed = 1979-05-27 # day", "line 1, column 12: a date"),
      ("seed = 2_020-05-27 4]", "line 1, column 13: a date"),
      ("seed = [1,19!7-05-27 4]", "line 1, column 15: a date"),
      ("seed = [19[7-05-27 4]", "line 1, column 13: a date"),
      ("seed = [4,197\"-05-27 4]", "line 1, column 14: a quote"),
      ("seed=197'-05-27 4 ", "line 1, column 9: a quote"),
      ("2-layers = 1", "unknown key 2-layers"), ("[1-a]\nb=1", "unknown key 1-a.b"),
      ("seed = 1\n2-3", "line 2, column"),
      ("\"a\\nb\" = 1", "unknown key a\\nb"),
    ])
  func trappingText(text: String, expected: String) {
    wrongText(text: text, expected: expected)
  }

  @Test("Names of so many parts that the stack would not hold their tables are refused")
  func deepNames() {
    let deep = String(repeating: "a.", count: 100_000) + "b"
    for (text, column) in [
      ("\(deep) = 1", 18), ("[\(deep)]", 19), ("[[\(deep)]]", 20), ("seed = {\(deep) = 1}", 26),
      ("seed = {b = 1, \(deep) = 1}", 33),
    ] {
      wrongText(text: text, expected: "line 1, column \(column): a name has more than 9 parts")
    }
    wrongText(text: "a.b.c.d.e.f.g.h.i = 1", expected: "unknown key a.b.c.d.e.f.g.h.i")
    wrongText(
      text: "[data]\nmean = [0.1,0.2\n,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1.0]\nx=1", expected: "data.x")
  }

  @Test("Brackets, quotes and dates in strings and comments are text")
  func harmlessText() throws {
    let text = ##"""
      # [=] it's [1979-05-27 }
      [data] # [=]
      train = [ # }
        "[=]\"}", '\', """
      [=]
      \"""} "\"""", '''
      [=] 1979-05-27 ''''', "é ", '',
      ]
      format = "shards"
      [ 'train' ]
      ema_decay=1e-3
      epochs = 7
      """##
    var configuration = TrainingConfiguration()
    try configuration.apply(toml: text, from: "file.toml")
    #expect(configuration.train.epochs == 7)
    #expect(
      configuration.data.train == [
        "[=]\"}", "\\", "[=]\n\"\"\"} \"\"", "[=] 1979-05-27 ''", "é ", "",
      ])
  }

  @Test("Assignments take TOML, and bare words as strings")
  func assignments() throws {
    let configuration = try TrainingConfiguration(
      file: nil,
      assignments: [
        "train.epochs=7", "schedule.kind=linear", "optimizer.learning_rate=1", "data.mean=[0.5]",
        "data.train=[\"x\", \"y\"]", "augment.horizontal_flip = true",
      ])
    #expect(configuration.train.epochs == 7)
    #expect(configuration.schedule.kind == .linear)
    #expect(configuration.optimizer.learningRate == 1)
    #expect(configuration.data.mean == [0.5])
    #expect(configuration.data.train == ["x", "y"])
    #expect(configuration.augment.horizontalFlip)
    for wrong in ["train.epochs", "=3", "train.epochs=", "train.epochs=3\nseed=4"] {
      #expect(throws: ConfigurationError.self, "\(wrong)") {
        try TrainingConfiguration(file: nil, assignments: [wrong])
      }
    }
  }

  @Test("Relative paths count from the file")
  func paths() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gmlp-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "a.toml").path
    try "[data]\ntrain = [\"x.gz\", \"/y.gz\"]".write(
      toFile: file, atomically: true, encoding: .utf8)
    let configuration = try TrainingConfiguration(file: file)
    #expect(configuration.data.train == [folder.appending(path: "x.gz").path, "/y.gz"])
  }

  @Test("In the folder that a link names, paths of a file count from there, in checkpoints too")
  func linkedFolder() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "[data]\ntrain = [\"../data/x\"]\nlabels = \"../l\"", to: "shared/configs/a.toml")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/configs", withDestinationPath: "shared/configs")
    let linked = try TrainingConfiguration(file: "\(folder.path)/configs/a.toml").withAbsolutePaths
    #expect(linked.data.train == ["\(folder.path)/configs/../data/x"])
    #expect(linked.data.labels == "\(folder.path)/configs/../l")
    let plain = try TrainingConfiguration(file: "\(folder.path)/shared/configs/a.toml")
    #expect(plain.withAbsolutePaths.data.train == ["\(folder.path)/shared/data/x"])
  }

  @Test("The digest follows identity keys only, and differences are named")
  func identity() throws {
    let base = TrainingConfiguration()
    var free = base
    free.train.threads = 7
    free.train.bucketMB = 1
    free.data.train = ["elsewhere"]
    free.train.checkpointEvery = 3
    #expect(free.identityDigest == base.identityDigest)
    var other = base
    other.optimizer.beta2 = 0.99
    #expect(other.identityDigest != base.identityDigest)
    #expect(
      other.identityDifferences(from: base) == ["optimizer.beta2 is 0.99 here and 0.999 there"])
  }

  @Test("Sub-batches are free where products are portable and no sum depends on them")
  func subBatches() {
    func isFree(_ change: (inout TrainingConfiguration) -> Void) -> Bool {
      var base = TrainingConfiguration()
      change(&base)
      var other = base
      other.train.subBatchSize = 3
      #expect(
        other.identityDifferences(from: base).isEmpty
          == (base.identityDigest == other.identityDigest))
      return base.identityDigest == other.identityDigest
    }
    #expect(isFree { $0.train.products = .portable })
    #expect(!isFree { $0.train.products = .openblas })
    #expect(!isFree { $0.train.products = .onednn })
    #expect(!isFree { ($0.train.products, $0.model.toeplitz) = (.portable, true) })
    #expect(!isFree { ($0.train.products, $0.model.input) = (.portable, .text) })
    #expect(!isFree { ($0.train.products, $0.model.positions) = (.portable, .relative) })
  }

  @Test(
    "Values out of range are refused with key, value and rule",
    arguments: [
      ("train.micro_batch_size=24", "train.global_batch_size = 128: must be a multiple"),
      ("train.threads=0", "train.threads = 0: must be at least 1"),
      ("train.keep=1", "train.keep = 1: must be at least 2"),
      ("optimizer.beta1=1.0", "optimizer.beta1 = 1.0"),
      ("train.ema_decay=1.0", "train.ema_decay = 1.0"),
      ("data.mean=[0.1, 0.2]", "data.mean has 2 values"),
      ("data.std=[0.0]", "data.std = 0.0: must be at least 1e-06 and at most 1000000"),
      ("data.mean=[1e300]", "data.mean = 1e+300: must be at least -1000000 and"),
      ("train.label_smoothing=0.99999999", "train.label_smoothing = 0.99999999"),
      ("train.threads=1025", "train.threads = 1025: must be at most 1024"),
      ("train.micro_batch_size=65537", "train.micro_batch_size = 65537: must be at most 65536"),
      ("train.steps=5000000000", "train.steps = 5000000000: must be at most"),
      ("model.num_layers=1048576", "model.num_layers = 1048576: makes"),
      (
        "schedule.minimum_learning_rate=1",
        "schedule.minimum_learning_rate = 1.0: must be at most optimizer.learning_rate"
      ),
      ("model.patch_size=[5, 4]", "model."),
      ("model.d_ffn=255", "model.d_ffn"),
    ])
  func ranges(assignment: String, expected: String) throws {
    let configuration = try TrainingConfiguration(file: nil, assignments: [assignment])
    let error = #expect(throws: ConfigurationError.self) { try configuration.validate() }
    #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
  }
}
