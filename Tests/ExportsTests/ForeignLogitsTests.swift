import Batches
import Configuration
import Datasets
import Exports
import Foundation
import Model
import RunSupport
import TestSupport
import Testing

/// What onnxruntime and transformers compute with an exported model, compared with what we do.
@Suite("Logits of exported models", .timeLimit(.minutes(60)))
struct ForeignLogitsTests {
  @Test(
    "onnxruntime computes our logits of one sample and of three",
    .enabled(if: Ecosystem.has("onnxruntime"), "onnxruntime is \(Ecosystem.advice)"))
  func onnx() async throws {
    try await compare("onnx_logits.py") { model, path in
      let file = "\(path).onnx"
      _ = try ONNXExport(model, to: file)
      return file
    }
  }

  @Test(
    "onnxruntime reads weights from a file of their own",
    .enabled(if: Ecosystem.has("onnxruntime"), "onnxruntime is \(Ecosystem.advice)"))
  func external() async throws {
    try await compare("onnx_logits.py") { model, path in
      let graph = ONNXGraph(model.configuration.model)
      let file = ONNXFile(graph, model.layout, model.weights)
      return try file.write(to: "\(path).onnx", largestInside: 0)[0]
    }
  }

  @Test(
    "transformers computes our logits with the folder's own code",
    .enabled(if: Ecosystem.has("transformers"), "transformers is \(Ecosystem.advice)"))
  func transformers() async throws {
    try await compare("huggingface_logits.py") { model, path in
      _ = try HuggingFaceExport(model, to: path)
      return path
    }
  }

  /// What `timm_folder.py` prints.
  private struct Loaded: Decodable {
    let logits: [[Float]]
    let mean: [Float]
    let inputSize: [Int]
  }

  @Test(
    "timm and transformers load one of timm's models by config.json alone",
    .enabled(
      if: Ecosystem.has("timm") && Ecosystem.has("transformers"), "timm is \(Ecosystem.advice)"))
  func timm() async throws {
    let folder = try TemporaryFolder()
    var sizes = try #require(ModelConfiguration.preset("gmlp-ti16"))
    sizes.numClasses = 3
    let exported = try SmallNetwork.exported(sizes, scale: 0.1)
    let export = try HuggingFaceExport(exported, to: "\(folder.path)/gmlp")
    #expect(export.files == ["model.safetensors", "config.json", "README.md"])
    let run = try await Ecosystem.run("timm_folder.py", export.folder)
    try #require(run.exitCode == 0, "\(run)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let loaded = try decoder.decode(Loaded.self, from: Data(run.standardOutput.utf8))
    let image = [Float](repeating: 0, count: sizes.inputElements)
    let ours = try SmallNetwork.logits(exported, .images(image), count: 1)
    let largest = ours.reduce(Float(0)) { max($0, abs($1)) }
    for theirs in loaded.logits {
      try #require(theirs.count == 3)
      // Thirty blocks add up their roundings.
      for (their, our) in zip(theirs, ours) { #expect(abs(their - our) <= 1e-4 * max(1, largest)) }
    }
    #expect(loaded.inputSize == [3, 224, 224] && loaded.mean == exported.normalization.mean)
  }

  /// Models and samples, as the scripts read them.
  private struct Case: Encodable {
    var model: String
    var count: Int
    var shape: [Int]
    var pixels: [Float]?
    var tokens: [Int32]?
    var positions: [Int32]?
  }

  private func compare(
    _ script: String, _ export: (ExportedModel, String) throws -> String
  ) async throws {
    let folder = try TemporaryFolder()
    var (cases, expected): ([Case], [[Float]]) = ([], [])
    for network in SmallNetwork.allCases {
      let model = try network.exported()
      let file = try export(model, "\(folder.path)/\(network.rawValue)")
      for count in [1, 3] {
        let samples = network.samples(count)
        expected.append(try SmallNetwork.logits(model, samples, count: count))
        let sizes = network.configuration
        switch samples {
        case .images(let pixels):
          cases.append(
            Case(
              model: file, count: count, shape: [count, sizes.channels] + sizes.imageSize,
              pixels: pixels))
        case .text(let tokens, let positions):
          cases.append(
            Case(
              model: file, count: count, shape: [count, sizes.sequenceLength], tokens: tokens,
              positions: positions.isEmpty ? nil : positions))
        }
      }
    }
    let input = try folder.write(Array(try JSONEncoder().encode(cases)), to: "cases.json")
    let run = try await Ecosystem.run(script, input)
    try #require(run.exitCode == 0, "\(run)")
    let found = try JSONDecoder().decode([[Float]].self, from: Data(run.standardOutput.utf8))
    try #require(found.count == expected.count)
    for (number, (theirs, ours)) in zip(found, expected).enumerated() {
      try #require(theirs.count == ours.count, "\(cases[number].model)")
      let largest = ours.reduce(Float(0)) { max($0, abs($1)) }
      let error = zip(theirs, ours).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      #expect(largest > 0.01 && error <= 1e-5 * max(1, largest), "\(cases[number].model), \(error)")
    }
  }
}
