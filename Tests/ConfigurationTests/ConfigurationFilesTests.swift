import Foundation
import Model
import Testing

@testable import Configuration
@testable import Torture
@testable import Train

/// The files of `configs/`, which people start from.
@Suite("Files of configs/")
struct ConfigurationFilesTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "configs")

  static let names = [
    "cifar10-best", "cifar10-deit", "cifar10-gmlp", "cifar10-mixer", "cifar10-resmlp", "cifar10",
    "deit-b16", "deit-s16", "deit-ti16", "digits-resmlp", "digits", "fashion-mnist-best",
    "fashion-mnist",
    "gmlp-b16", "gmlp-s16", "gmlp-ti16", "imagenet-deit-s16", "imagenet-gmlp-b16",
    "imagenet-gmlp-s16",
    "imagenet-gmlp-ti16", "mixer-b16", "mixer-s16", "mlm-ablation", "mlm-amlp-base",
    "mlm-amlp-large", "mlm-bert-base", "mlm-bert-large", "mlm-gmlp-base", "mlm-gmlp-large",
    "mlm-gmlp-xlarge", "mlm-small-amlp", "mlm-small", "mnist", "mnli", "resmlp-12", "resmlp-24",
    "resmlp-36",
    "squad", "sst2",
  ]

  static func load(_ name: String) throws -> TrainingConfiguration {
    try TrainingConfiguration(file: folder.appending(path: "\(name).toml").path)
  }

  @Test("The list is whole")
  func list() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(files.filter { $0 != "sweeps" }.sorted() == Self.names.map { "\($0).toml" })
  }

  @Test("Each is valid and opens with its command and its result", arguments: names)
  func valid(name: String) throws {
    let configuration = try Self.load(name)
    #expect(throws: Never.self) { try configuration.validate() }
    let text = try String(contentsOf: Self.folder.appending(path: "\(name).toml"), encoding: .utf8)
    let header = text.split(separator: "\n").prefix { $0.hasPrefix("#") }.joined(separator: "\n")
    #expect(header.contains("configs/\(name).toml"))
    let isRun = header.contains(#/\n# Result/#)
    #expect(
      isRun != header.contains(#/\n# Not run\b/#), "either a result or the word that there is none")
    if isRun {
      #expect(header.contains(#/\n# Result[^:\n]*: \d+\.\d+ %/#))
      #expect(header.contains(#/\d+ (s|min|minutes|h|hours)\b/#))
      #expect(header.contains("Machine: "))
    }
  }

  @Test("The first one is the built-in default")
  func builtIn() throws {
    #expect(try Self.load("fashion-mnist") == TrainingConfiguration())
  }

  @Test(
    "Fine-tuning begins from weights that a file of configs/ makes, of the same encoder and no shorter sequences",
    arguments: [("sst2", "mlm-small"), ("mnli", "mlm-small-amlp"), ("squad", "mlm-small-amlp")])
  func fineTuning(name: String, pretraining: String) throws {
    let (model, given) = (try Self.load(name).model, try Self.load(pretraining).model)
    #expect(given.output == .hiddenTokens && given.sequenceLength >= model.sequenceLength)
    var encoder = given
    (encoder.sequenceLength, encoder.task) = (model.sequenceLength, model.task)
    (encoder.numClasses, encoder.dropout) = (model.numClasses, model.dropout)
    (encoder.paddingToken, encoder.maskPadding) = (0, true)
    #expect(encoder == model)
    let text = try String(contentsOf: Self.folder.appending(path: "\(name).toml"), encoding: .utf8)
    #expect(text.contains("--config configs/\(pretraining).toml\n"))
    #expect(text.contains("--config configs/\(name).toml --weights runs/\(pretraining)\n"))
  }

  @Test("The paper's sizes are the presets", arguments: ModelConfiguration.presetNames)
  func presets(name: String) throws {
    #expect(try Self.load(name).model == ModelConfiguration.preset(name))
  }

  @Test("Every sweep can be trained, and its runs have folders of their own")
  func sweeps() throws {
    let folder = Self.folder.appending(path: "sweeps").path
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(!names.isEmpty)
    for name in names {
      let sweep = try Sweep(file: "\(folder)/\(name)")
      #expect(Set(sweep.runs.map(\.directory)).count == sweep.runs.count)
    }
  }

  @Test(
    "The compared models of images are those of their files, of 0.49 million parameters",
    arguments: [
      ("gMLP", "cifar10-gmlp"), ("DeiT", "cifar10-deit"), ("MLP-Mixer", "cifar10-mixer"),
      ("ResMLP", "cifar10-resmlp"),
    ])
  func imageModels(variant: String, file: String) throws {
    let sweep = try Sweep(file: Self.folder.appending(path: "sweeps/image-models.toml").path)
    let configuration = try Self.load(file)
    let run = try #require(sweep.runs.first { $0.variant == variant })
    #expect(run.configuration.model == configuration.model)
    #expect(run.configuration.augment == configuration.augment)
    let text = try String(contentsOf: Self.folder.appending(path: "\(file).toml"), encoding: .utf8)
    let parameters = ModelCost(try Model(configuration.model)).parameters
    #expect(abs(Double(parameters) / 0.49e6 - 1) < 0.01)
    #expect(
      text.contains("\(parameters / 1_000),\(String(parameters % 1_000 + 1_000).dropFirst())"))
  }

  @Test(
    "Parity: equal parameters and tokens, and each rate and factor alike",
    arguments: ["text-parity-rates", "text-parity"])
  func parity(name: String) throws {
    let sweep = try Sweep(file: Self.folder.appending(path: "sweeps/\(name).toml").path)
    var tried: [String: Set<String>] = [:]
    for run in sweep.runs {
      let (configuration, train) = (run.configuration, run.configuration.train)
      let (model, optimizer) = (configuration.model, run.configuration.optimizer)
      #expect(train.globalBatchSize == 16)
      #expect(
        train.steps * 16 * model.sequenceLength == (sweep.runs.count > 40 ? 10 : 40) * 1_024_000)
      let parameters = Double(ModelCost(try Model(model)).parameters)
      let isSmall = model.numLayers <= 4
      #expect(abs(parameters / (isSmall ? 1.645e6 : 2.242e6) - 1) < 0.005, "\(run.variant)")
      let learning =
        model.kind == .transformer
        ? "relative_bias.weight" : "blocks.0.mlp_channels.gate.proj.weight"
      let factor = optimizer.rateFactors.first { $0.pattern.matches(learning) }?.factor ?? 1
      let key = String(run.variant.prefix { $0 != "," })
      tried[key, default: []].insert("\(optimizer.learningRate) × \(factor)")
    }
    #expect(tried.count == 7)
    guard sweep.runs.count > 40 else { return }
    let rates = [0.001, 0.002, 0.004, 0.008]
    for (name, choices) in tried {
      let factor = name.hasPrefix("rotary") ? 1.0 : 8.0
      #expect(choices.isSuperset(of: rates.map { "\($0) × \(factor)" }), "\(name)")
      if factor == 8 {
        #expect(choices.isSuperset(of: [4.0, 16.0, 32.0].map { "0.002 × \($0)" }), "\(name)")
      }
    }
  }

  @Test(
    "The paper's ablations have its parameters, in millions",
    arguments: [
      ("Transformer, absolute", 110), ("Transformer, relative", 110), ("Mixer", 111),
      ("gMLP, linear", 92), ("gMLP, additive", 92), ("gMLP, multiplicative", 92), ("gMLP", 102),
    ])
  func ablations(name: String, millions: Int) throws {
    let sweep = try Sweep(file: Self.folder.appending(path: "sweeps/paper-ablation.toml").path)
    let run = try #require(sweep.runs.first { $0.variant == name })
    let parameters = ModelCost(try Model(run.configuration.model)).parameters
    #expect((Double(parameters) / 1e6).rounded() == Double(millions))
  }
}
