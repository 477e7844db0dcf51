package import Configuration
import Datasets
import Files
import Imaging
import Model
import Platform
import Reporting

/// A model written for programs that run ONNX.
package struct ONNXExport {
  /// The files: the graph, and the weights if they have one of their own.
  package let paths: [String]
  /// The nodes of the graph.
  package let nodes: Int

  /// Writes `model` to `path`, in place of a file that is there.
  ///
  /// - Parameters:
  ///   - model: with its weights.
  ///   - path: the file.
  ///   - takesPixels: whether images are given as pixels from 0 to 255, and normalising them is part of the network.
  /// - Throws: `CommandError`.
  package init(
    _ model: ExportedModel, to path: String, takesPixels: Bool = false
  ) throws(CommandError) {
    let configuration = model.configuration.model
    if takesPixels && configuration.tokenGrid == nil {
      throw CommandError("--pixels: is for models of images; leave it out", exitCode: .usage)
    }
    let graph = ONNXGraph(
      configuration, normalizing: takesPixels ? model.normalization : nil)
    let file = ONNXFile(
      graph, model.layout, model.weights,
      metadata: Self.metadata(of: model, takesPixels: takesPixels))
    do throws(SystemCallError) {
      paths = try file.write(to: path)
    } catch {
      throw CommandError(
        "\(error.path): cannot be written: \(error.reason); give another --output",
        exitCode: .inputOutput)
    }
    nodes = graph.nodes.count
  }

  private static func metadata(
    of model: ExportedModel, takesPixels: Bool
  ) -> [(key: String, value: String)] {
    let configuration = model.configuration.model
    var entries: [(key: String, value: String)] = [
      ("task", configuration.output.description), ("kind", configuration.kind.rawValue),
      ("weights_sha256", model.weightsDigest),
    ]
    if let step = model.step { entries.append(("step", "\(step)")) }
    if let names = model.classNames {
      entries.append(("class_names", list(names.map(JSONLine.quoted))))
    }
    if configuration.tokenGrid != nil {
      let fit = model.configuration.imageFit
      let facts: [(key: String, value: String)] = [
        ("pixels", takesPixels ? "0 to 255" : "(pixel / 255 - mean) / std"),
        ("mean", list(model.normalization.mean.map { "\($0)" })),
        ("std", list(model.normalization.std.map { "\($0)" })),
        ("crop_fraction", "\(fit.cropFraction)"), ("interpolation", fit.interpolation.rawValue),
      ]
      entries += facts
    } else {
      entries.append(("sequence_length", "\(configuration.sequenceLength)"))
      if configuration.paddingToken >= 0 {
        entries.append(("padding_token", "\(configuration.paddingToken)"))
      }
    }
    return entries
  }

  /// A list in JSON of values that are in JSON.
  private static func list(_ values: [String]) -> String {
    "[\(values.joined(separator: ", "))]"
  }
}
