internal import Checkpoints
public import Kernels
public import Model

/// Weights in a safetensors file with timm's names, ours or timm's own.
public struct WeightsFile {
  private let file: SafeTensorsFile

  /// Opens the file.
  ///
  /// - Throws: `CheckpointError`; for a `.pth` file one that says how to convert it.
  public init(_ path: String) throws {
    if path.hasSuffix(".pth") || path.hasSuffix(".pt") || path.hasSuffix(".bin") {
      throw StartError(
        "\(path): only .safetensors is read; convert it in Python: "
          + "safetensors.torch.save_file(torch.load(\"\(path)\"), \"weights.safetensors\")",
        exitCode: 65)
    }
    file = try SafeTensorsFile(path: path)
  }

  /// Reads all parameters.
  ///
  /// A head of another number of classes keeps what `weights` holds, if `keepsHead` allows it.
  ///
  /// - Returns: the names of the parameters that were not read.
  /// - Throws: `CheckpointError` or ``StartError`` that names the tensor and both shapes.
  public func load(
    into weights: FloatBuffer, _ layout: ParameterLayout, keepsHead: Bool = true
  ) throws -> [String] {
    var kept: [String] = []
    for parameter in layout.parameters {
      let tensor = try file.tensor(parameter.name)
      if tensor.shape != parameter.shape {
        if keepsHead && parameter.name.hasPrefix("head.") {
          kept.append(parameter.name)
          continue
        }
        throw StartError(
          "\(file.path): \(parameter.name) has shape \(tensor.shape), the model needs "
            + "\(parameter.shape); check the sizes under [model]", exitCode: 65)
      }
      try weights.withMutableSpan(parameter.range) { try file.read(parameter.name, into: &$0) }
    }
    return kept
  }
}
