import ArgumentParser
import Exports
import Files
import Inspection
import Train

/// `gmlp-train export onnx`: a trained model, for programs that run ONNX.
struct ExportONNXCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onnx",
    abstract: "Write a trained model for programs that run ONNX.",
    discussion: """
      gmlp-train export onnx runs/digits --output digits.onnx
      gmlp-train export onnx runs/pets --ema --pixels --output pets.onnx

      The file has opset 17 and takes any number of samples at a time. Its inputs are pixels \
      (batch, channels, rows, columns), normalised as in training, or input_ids (batch, tokens), \
      and for hidden tokens also their positions (batch, predictions). Its output is logits. What \
      else a program needs is in its metadata: class names, mean, std, padding_token.

      It computes in fp32 whatever the model was trained in. Above 1 GiB the weights are in a \
      second file beside it, whose name ends in .data.
      """)

  @OptionGroup var options: ExportOptions

  @Option(
    help: ArgumentHelp("The file to write.", valueName: "file"),
    completion: .file(extensions: ["onnx"]))
  var output: String

  @Flag(help: "Take pixels from 0 to 255: the file normalises them itself.")
  var pixels = false

  func run() throws {
    SingleProcess.run {
      let trained = try options.load()
      let export = try ONNXExport(ExportedModel(trained), to: output, takesPixels: pixels)
      try Output(json: false).line(
        printable(
          "\(export.paths.joined(separator: ", ")): \(counted(export.nodes, "node")), "
            + "the weights of \(trained.weightsPath)"))
    }
  }
}
