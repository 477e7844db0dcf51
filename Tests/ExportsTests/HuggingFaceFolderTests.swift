import Configuration
import Exports
import Foundation
import Model
import RunSupport
import TestSupport
import Testing

/// What lies in exported folders, and the commands that write models.
@Suite("Exported models", .timeLimit(.minutes(60)))
struct HuggingFaceFolderTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func configuration(of name: String) throws -> [String: Any] {
    let text = try folder.text(of: "\(name)/config.json")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("A folder for transformers has the network's code, and names its class")
  func code() throws {
    var model = try SmallNetwork.gmlpSpans.exported()
    model.score = (metric: "accuracy", value: 0.5)
    let export = try HuggingFaceExport(model, to: "\(folder.path)/spans")
    #expect(
      export.files == ["model.safetensors", "config.json", "modeling_gmlp.py", "README.md"])
    #expect(try folder.names(in: export.folder) == export.files.sorted())
    #expect(export.loadingLine.contains("AutoModelForQuestionAnswering"))
    let card = try folder.text(of: "spans/README.md")
    #expect(export.loadingLine.contains("\"\(folder.path)/spans\""))
    #expect(card.contains("(\"/path/to/spans\", ") && !card.contains(folder.path), "\(card)")
    #expect(card.contains("| accuracy on the test set | 50.00 % |"), "\(card)")
    let code = try folder.text(of: "spans/modeling_gmlp.py")
    let classes = try #require(try configuration(of: "spans")["auto_map"] as? [String: String])
    #expect(classes.count == 2)
    for name in classes.values {
      #expect(code.contains("\nclass \(name.replacing("modeling_gmlp.", with: ""))("))
    }
  }

  @Test("A folder for timm has its architecture and what its preprocessing needs, and no code")
  func timm() throws {
    var sizes = try #require(ModelConfiguration.preset("deit-ti16"))
    (sizes.imageSize, sizes.channels, sizes.numClasses) = ([64, 64], 1, 3)
    let export = try HuggingFaceExport(
      try SmallNetwork.exported(sizes), to: "\(folder.path)/deit")
    #expect(export.files == ["model.safetensors", "config.json", "README.md"])
    let written = try configuration(of: "deit")
    #expect(written["architecture"] as? String == "deit_tiny_patch16_224")
    #expect(written["global_pool"] as? String == "token")
    let arguments = try #require(written["model_args"] as? [String: Any])
    #expect(arguments["img_size"] as? [Int] == [64, 64] && arguments["in_chans"] as? Int == 1)
    let pretrained = try #require(written["pretrained_cfg"] as? [String: Any])
    #expect(pretrained["input_size"] as? [Int] == [1, 64, 64])
    #expect(pretrained["mean"] as? [Double] == [0.25])
  }

  @Test("What an exported folder says of a network is read again", arguments: SmallNetwork.allCases)
  func again(network: SmallNetwork) throws {
    let model = try network.exported()
    let export = try HuggingFaceExport(model, to: "\(folder.path)/hub")
    let read = try HuggingFaceFolder(export.folder)
    #expect(read.weights == "\(export.folder)/model.safetensors" && read.vocabulary == nil)
    // Sizes that change training alone are not in it.
    var sizes = read.configuration.model
    sizes.predictionsPerSequence = model.configuration.model.predictionsPerSequence
    sizes.survivalProbability = model.configuration.model.survivalProbability
    #expect(sizes == model.configuration.model)
    if sizes.tokenGrid != nil { #expect(read.configuration.data.mean == [0.25, 0.25, 0.25]) }
  }

  @Test(
    "What transformers has saved again is imported with all of its bits",
    .enabled(if: Ecosystem.has("transformers"), "transformers is \(Ecosystem.advice)"),
    arguments: [SmallNetwork.gmlpText, .amlpText, .transformerPostNorm, .gmlpSpans, .gmlpMean])
  func saved(network: SmallNetwork) async throws {
    let export = try HuggingFaceExport(network.exported(), to: "\(folder.path)/hub")
    let saved = try await Ecosystem.run(
      "save_again.py", export.folder, "\(folder.path)/again")
    try #require(saved.exitCode == 0, "\(saved)")
    let names = try folder.names(in: "\(folder.path)/again")
    #expect(names.contains("model.safetensors.index.json"), "\(names)")
    let run = try await command("import", "again", "--output", "back", in: folder.path)
    try #require(run.exitCode == 0, "\(run)")
    let given = try SafeTensorsBytes("\(export.folder)/model.safetensors")
    let found = try SafeTensorsBytes("\(folder.path)/back/model.safetensors")
    #expect(found.tensors.mapValues(\.data) == given.tensors.mapValues(\.data))
    #expect(try folder.text(of: "back/model.toml").contains("\nformat = \"text\"\n"))
  }

  @Test("Models of timm are read by their name, with their classes and the size of their images")
  func timmAgain() throws {
    var sizes = try #require(ModelConfiguration.preset("gmlp-ti16"))
    (sizes.imageSize, sizes.numClasses) = ([32, 32], 5)
    let export = try HuggingFaceExport(
      try SmallNetwork.exported(sizes), to: "\(folder.path)/timm")
    #expect(try HuggingFaceFolder(export.folder).configuration.model == sizes)
    for text in [#"{"architecture": "vit_base_patch16_224"}"#, "{}", "[1, 2"] {
      try folder.write(text, to: "timm/config.json")
      #expect(throws: CommandError.self) { try HuggingFaceFolder(export.folder) }
    }
  }

  @Test("The commands write the best weights of a run, whose bits a checkpoint has")
  func commands() async throws {
    let digits = try await TrainedDigits()
    let path = digits.folder.path
    let onnx = try await command("export", "onnx", "run", "--output", "m.onnx", in: path)
    #expect(onnx.exitCode == 0 && onnx.standardOutput.hasPrefix("m.onnx: "), "\(onnx)")
    let hub = try await command("export", "huggingface", "run", "--output", "hub", in: path)
    #expect(hub.exitCode == 0 && hub.standardOutput.contains("from_pretrained"), "\(hub)")
    let card = try digits.folder.text(of: "hub/README.md")
    for words in ["training data, SHA-256", "\nsteps = 6\n", "\n[model]\nimage_size = [8, 8]\n"] {
      #expect(card.contains(words), "\(card)")
    }
    let exported = try SafeTensorsBytes("\(path)/hub/model.safetensors")
    let origin = try #require(onnx.standardOutput.split(whereSeparator: \.isWhitespace).last)
    #expect(origin.hasPrefix("run/checkpoints/step-"), "\(onnx)")
    let kept = try SafeTensorsBytes("\(path)/\(origin)")
    #expect(exported.tensors.mapValues(\.data) == kept.tensors.mapValues(\.data))
    let back = try await command("import", "hub", "--output", "back", in: path)
    #expect(back.exitCode == 0, "\(back)")
    #expect(back.standardOutput == "back: model.safetensors, model.toml\n")
    let imported = try SafeTensorsBytes("\(path)/back/model.safetensors")
    #expect(imported.tensors.mapValues(\.data) == kept.tensors.mapValues(\.data))
    let evaluated = try await command(
      "evaluate", "--config", "back/model.toml", "--weights", "back/model.safetensors", "--set",
      "data.format=digits", "--set", "data.train=[]", "--set", "data.test=[]", "--json", in: path)
    let plain = try await command("evaluate", "--run-dir", "run", "--json", in: path).object()
    #expect(
      try evaluated.object()["weights_sha256"] as? String == plain["weights_sha256"] as? String,
      "\(evaluated)")
    let both = try await command(
      "export", "onnx", "run", "--run-dir", "run", "--output", "n.onnx", in: path)
    #expect(both.failed(64, "run and --run-dir", "only one"), "\(both)")
    let absent = try await command(
      "export", "onnx", "run", "--output", "no/such/m.onnx", in: path)
    #expect(absent.failed(74, "no/such/m.onnx", "--output"), "\(absent)")
  }
}
