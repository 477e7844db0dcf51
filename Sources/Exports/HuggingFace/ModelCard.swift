import Configuration
import Datasets
import Model
import Platform
import Reporting

/// The `README.md` of a folder for Hugging Face: what the model is, how it was made and how it is loaded.
struct ModelCard {
  /// The text in Markdown, with the keys that the Hub reads before it.
  let text: String

  init(_ model: ExportedModel, architecture: String?, loadingLine: String) {
    let configuration = model.configuration.model
    let parameters = model.layout.parameters.reduce(0) { $0 + $1.range.count }
    var lines = Self.head(configuration, architecture)
    lines += ["", "# \(Self.kind(configuration)): \(configuration.output)", ""]
    lines += ["Trained with gmlp-train \(Version.current).", ""]
    lines += ["```python", loadingLine, "```", ""]
    lines += ["| | |", "| --- | --- |", "| parameters | \(parameters) |"]
    lines += Self.facts(model).map { "| \($0.name) | \($0.value) |" }
    if architecture == nil {
      lines += [
        "", "The network is in this folder's Python file; give the folder's absolute path.",
      ]
    }
    // Paths are of no use elsewhere.
    let keys = model.configuration.unusualKeys(without: ["data.train", "data.test", "data.labels"])
    lines += ["", "## Training", "", "`gmlp-train --config config.toml` with these keys:", ""]
    lines += ["```toml", keys + "```", ""]
    text = lines.joined(separator: "\n")
  }

  private static func head(
    _ configuration: ModelConfiguration, _ architecture: String?
  ) -> [String] {
    [
      "---", "library_name: \(architecture == nil ? "transformers" : "timm")",
      "pipeline_tag: \(ExportedTask(configuration).pipeline)",
      "tags:", "- \(configuration.kind.rawValue)", "---",
    ]
  }

  private static func kind(_ configuration: ModelConfiguration) -> String {
    switch configuration.kind {
    case .gmlp: configuration.attentionSize > 0 ? "aMLP" : "gMLP"
    case .transformer: configuration.tokenGrid != nil ? "ViT" : "Transformer"
    case .mixer: "MLP-Mixer"
    case .resmlp: "ResMLP"
    }
  }

  private static func facts(_ model: ExportedModel) -> [(name: String, value: String)] {
    let configuration = model.configuration.model
    var facts: [(name: String, value: String)] = [
      ("blocks", "\(configuration.numLayers)"), ("d_model", "\(configuration.dModel)"),
      ("d_ffn", "\(configuration.dFFN)"), ("weights_sha256", model.weightsDigest),
    ]
    if let step = model.step { facts.append(("training steps", "\(step)")) }
    if let (metric, value) = model.score {
      let text = metric == "accuracy" ? percent(value) : decimals(value, 4)
      facts.append(("\(metric) on the test set", text))
    }
    if let digest = model.trainingDigest { facts.append(("training data, SHA-256", digest)) }
    if configuration.tokenGrid != nil {
      facts.append(("mean of pixels / 255", "\(model.normalization.mean)"))
      facts.append(("their standard deviation", "\(model.normalization.std)"))
    }
    return facts
  }
}
