import Configuration
import Datasets
import Imaging
package import Model

/// The `config.json` of a folder for Hugging Face.
enum HuggingFaceConfiguration {
  /// That of timm's own model, which needs no code in the folder.
  static func timm(_ model: ExportedModel, architecture: String) -> JSONValue {
    let configuration = model.configuration.model
    let fit = model.configuration.imageFit
    let pretrained: [String: JSONValue] = [
      "input_size": .integers([configuration.channels] + configuration.imageSize),
      "fixed_input_size": .flag(true),
      "interpolation": .text(fit.interpolation.rawValue),
      "crop_pct": .number(fit.cropFraction),
      "crop_mode": .text("center"),
      "mean": .numbers(model.normalization.mean),
      "std": .numbers(model.normalization.std),
      "num_classes": .integer(configuration.numClasses),
      "pool_size": .null,
      "first_conv": .text(configuration.classToken ? "patch_embed.proj" : "stem.proj"),
      "classifier": .text("head"),
    ]
    var entries: [String: JSONValue] = [
      "architecture": .text(architecture),
      "num_classes": .integer(configuration.numClasses),
      "num_features": .integer(configuration.dModel),
      "global_pool": .text(configuration.classToken ? "token" : "avg"),
      "pretrained_cfg": .object(pretrained),
    ]
    if let names = labels(of: model) { entries["label_names"] = .list(names.map { .text($0) }) }
    var arguments: [String: JSONValue] = [:]
    if configuration.imageSize != [224, 224] {
      arguments["img_size"] = .integers(configuration.imageSize)
    }
    if configuration.channels != 3 { arguments["in_chans"] = .integer(configuration.channels) }
    if !arguments.isEmpty { entries["model_args"] = .object(arguments) }
    return .object(entries)
  }

  /// That of a model whose code is `modeling_gmlp.py`.
  static func transformers(_ model: ExportedModel) -> JSONValue {
    let configuration = model.configuration.model
    let task = ExportedTask(configuration)
    var entries: [String: JSONValue] = [
      "model_type": .text("gmlp_train"),
      "architectures": .list([.text(task.ownClass)]),
      "auto_map": .object([
        "AutoConfig": .text("modeling_gmlp.GmlpConfig"),
        task.automaticClass: .text("modeling_gmlp.\(task.ownClass)"),
      ]),
      "network": .object(network(configuration)),
    ]
    if configuration.tokenGrid != nil {
      let fit = model.configuration.imageFit
      entries["preprocessing"] = .object([
        "mean": .numbers(model.normalization.mean),
        "std": .numbers(model.normalization.std),
        "crop_fraction": .number(fit.cropFraction),
        "interpolation": .text(fit.interpolation.rawValue),
      ])
    }
    if task.head == .classes {
      let names =
        labels(of: model) ?? (0..<configuration.numClasses).map { "LABEL_\($0)" }
      var (byNumber, byName): ([String: JSONValue], [String: JSONValue]) = ([:], [:])
      for (number, name) in names.enumerated() {
        byNumber["\(number)"] = .text(name)
        byName[name] = .integer(number)
      }
      entries["id2label"] = .object(byNumber)
      entries["label2id"] = .object(byName)
    }
    return .object(entries)
  }

  /// The name of each class; nil unless all of them are known.
  private static func labels(of model: ExportedModel) -> [String]? {
    model.classNames.flatMap { $0.count == model.configuration.model.numClasses ? $0 : nil }
  }

  private static func network(_ configuration: ModelConfiguration) -> [String: JSONValue] {
    [
      "kind": .text(configuration.kind.rawValue),
      "input": .text(configuration.input.rawValue),
      "tokens": .integer(configuration.tokens),
      "d_model": .integer(configuration.dModel),
      "d_ffn": .integer(configuration.dFFN),
      "d_token": .integer(configuration.dToken),
      "num_layers": .integer(configuration.numLayers),
      "num_heads": .integer(configuration.numHeads),
      "num_classes": .integer(configuration.numClasses),
      "spatial_function": .text(configuration.spatialFunction.rawValue),
      "toeplitz": .flag(configuration.toeplitz),
      "attention_size": .integer(configuration.attentionSize),
      "positions": .text(configuration.positions.rawValue),
      "class_token": .flag(configuration.classToken),
      "post_norm": .flag(configuration.postNorm),
      "image_size": .integers(configuration.imageSize),
      "channels": .integer(configuration.channels),
      "patch_size": .integers(configuration.patchSize),
      "vocabulary_size": .integer(configuration.vocabularySize),
      "padding_token": .integer(configuration.paddingToken),
      "mask_padding": .flag(configuration.maskPadding),
      "segments": .flag(configuration.segments),
      "separator_token": .integer(configuration.separatorToken),
      "output_bias": .flag(configuration.outputBias),
      "pooling": .text(configuration.classReading.pooling.rawValue),
    ]
  }
}

extension ModelConfiguration {
  /// What timm calls the models that it has too; keys are presets.
  private static let namesInTimm: KeyValuePairs = [
    "gmlp-ti16": "gmlp_ti16_224", "gmlp-s16": "gmlp_s16_224", "gmlp-b16": "gmlp_b16_224",
    "mixer-s16": "mixer_s16_224", "mixer-b16": "mixer_b16_224",
    "resmlp-12": "resmlp_12_224", "resmlp-24": "resmlp_24_224", "resmlp-36": "resmlp_36_224",
    "deit-ti16": "deit_tiny_patch16_224", "deit-s16": "deit_small_patch16_224",
    "deit-b16": "deit_base_patch16_224",
  ]

  /// The model that timm calls `name`, without the tag behind a dot; nil if it is none of ours.
  static func ofTimm(_ name: String) -> ModelConfiguration? {
    let plain = name.prefix { $0 != "." }
    return namesInTimm.first { $0.value == plain }.flatMap { preset($0.key) }
  }

  /// The name of this model in timm, with images and classes of any number; nil if timm has none of its sizes.
  package var nameInTimm: String? {
    Self.namesInTimm.first { preset, _ in
      guard var same = Self.preset(preset) else { return false }
      same.imageSize = imageSize
      same.channels = channels
      same.numClasses = numClasses
      same.task = task
      // What training alone uses, and sizes of text.
      same.survivalProbability = survivalProbability
      same.stochasticDepth = stochasticDepth
      same.dropout = dropout
      same.outputScale = outputScale
      same.vocabularySize = vocabularySize
      same.sequenceLength = sequenceLength
      same.predictionsPerSequence = predictionsPerSequence
      return same == self
    }?.value
  }
}
