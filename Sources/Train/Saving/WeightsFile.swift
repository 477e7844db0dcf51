import Checkpoints
import Configuration
public import Kernels
public import Model
import Platform

/// Weights in a safetensors file with timm's names, ours or timm's own.
public struct WeightsFile {
  /// What may be without a counterpart; without any of it file and model have the same tensors.
  public struct Tolerance: Sendable {
    /// A head that the file lacks, or has in another size, keeps what the weights hold.
    public var newHead = false
    /// Tensors of the file that the model does not have are left out.
    public var unusedTensors = false
    /// Tensors of the model that the file does not have keep what the weights hold.
    public var absentTensors = false
    /// Numbers that are NaN or infinite are taken too: a checkpoint is what training has made.
    public var nonFiniteNumbers = false

    /// No tolerance.
    public init() {}
  }

  private let file: SafeTensorsFile

  /// Opens the file.
  ///
  /// - Throws: `CheckpointError`, which says what a file of another format is; for a `.pth` file
  ///   `CommandError` that says how to convert it.
  public init(_ path: String) throws {
    file = try Self.open(path)
  }

  private static func open(_ path: String) throws -> SafeTensorsFile {
    do throws(CheckpointError) {
      return try SafeTensorsFile(path: path)
    } catch {
      // A place in the file: its first bytes have told nothing, and so the name does.
      guard error.code == .invalid, error.offset != nil, isOfPyTorch(path) else { throw error }
      throw CommandError(
        "\(path): only .safetensors is read; convert it in Python: "
          + "safetensors.torch.save_file(torch.load(\"\(path)\"), \"weights.safetensors\")",
        exitCode: .badData)
    }
  }

  /// Reads all parameters that model and file have in common.
  ///
  /// - Parameters:
  ///   - weights: receives them; what is not read stays as it is.
  ///   - layout: the model's tensors.
  ///   - tolerance: what may be without a counterpart.
  /// - Returns: lines for people about what was not read, none where all was.
  /// - Throws: `CheckpointError` or `CommandError` that names the tensors without a counterpart, the
  ///   tensor of another shape with both shapes, or the first number that is not finite.
  public func load(
    into weights: FloatBuffer, _ layout: ParameterLayout, _ tolerance: Tolerance = Tolerance()
  ) throws -> [String] {
    let matching = TensorMatching(file, layout, tolerance)
    try matching.check()
    for parameter in matching.read {
      let name = matching.prefix + parameter.name
      try weights.withMutableSpan(parameter.range) {
        try file.read(name, into: &$0)
        if !tolerance.nonFiniteNumbers { try requireFinite($0.span, of: parameter, called: name) }
      }
    }
    return matching.remarks
  }

  /// Throws where ``load(into:_:_:)`` would, as far as that can be told without reading the tensors.
  func requireFit(_ layout: ParameterLayout, _ tolerance: Tolerance = Tolerance()) throws {
    let matching = TensorMatching(file, layout, tolerance)
    try matching.check()
    for parameter in matching.read { try file.requireFloats(matching.prefix + parameter.name) }
  }

  /// Refuses a number that would make every loss NaN: training would show only skipped steps.
  private func requireFinite(
    _ values: Span<Float>, of parameter: Parameter, called name: String
  ) throws(CommandError) {
    guard let first = values.indices.first(where: { !values[$0].isFinite }) else { return }
    var (place, rest) = ([Int](), first)
    for extent in parameter.shape.reversed() {
      place.insert(rest % extent, at: 0)
      rest /= extent
    }
    throw CommandError(
      "\(file.path): \(name) is \(values[first]) at \(place), and weights have to be finite in fp32; use a "
        + "copy from before its training went wrong", exitCode: .badData)
  }

  /// Whether the name is one that PyTorch's own files have.
  private static func isOfPyTorch(_ path: String) -> Bool {
    [".pth", ".pt", ".bin"].contains { path.hasSuffix($0) }
  }
}
