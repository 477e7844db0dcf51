import Checkpoints
package import Configuration
import Files
import Foundation
public import Kernels
public import Model
import Platform

/// Weights in a safetensors file with timm's names, ours or timm's own.
public struct WeightsFile {
  /// What may be without a counterpart; without any of it file and model have the same tensors.
  public struct Tolerance: Sendable {
    /// A head that the file lacks, or has in another size, keeps what the weights hold.
    public var newHead = false
    /// Tensors of a model of images of another size, or with other channels, or of text of another length are made to
    /// fit.
    public var otherSizes = false
    /// Vectors for segments of text that the file lacks keep what the weights hold: they start at 0, which changes nothing.
    public var newSegments = false
    /// Tensors of the file that the model does not have are left out.
    public var unusedTensors = false
    /// Tensors of the model that the file does not have keep what the weights hold.
    public var absentTensors = false
    /// Numbers that are NaN or infinite are taken too: a checkpoint is what training has made.
    public var nonFiniteNumbers = false

    /// No tolerance.
    public init() {}
  }

  private let file: GivenTensors
  /// The configuration of the run that the weights are of, where that is known.
  package let origin: TrainingConfiguration?
  /// Lines about what was skipped to find the file.
  private let remarks: [String]

  /// Opens the file.
  ///
  /// - Throws: `CheckpointError`, which says what a file of another format is; for a `.pth` file
  ///   `CommandError` that says how to convert it.
  public init(_ path: String) throws {
    file = try Self.open(path)
    origin = nil
    remarks = []
  }

  /// Opens what `path` names: a file, or the folder of a run or of a checkpoint.
  ///
  /// - Throws: as ``init(_:)``; `CommandError` for a run without a valid checkpoint.
  package init(given path: String) throws {
    let given = try GivenWeights(path)
    file = try Self.open(given.file)
    origin = given.configuration
    remarks = given.remarks
  }

  /// The SHA-256 of the whole file, whatever of it a model takes; of an index as `GivenTensors.finish(_:)` says.
  ///
  /// - Throws: `CheckpointError` if the file cannot be read.
  package func digest() throws -> String { try file.finish(file.digests()) }

  private static func open(_ path: String) throws -> GivenTensors {
    let path = try modelFile(in: path) ?? path
    if path.hasSuffix(GivenTensors.indexEnding) { return try GivenTensors(index: path) }
    do throws(CheckpointError) {
      return GivenTensors(try SafeTensorsFile(path: Checkpoint.path(meantBy: path)))
    } catch {
      // A place in the file: its first bytes were unknown, so the name decides.
      guard error.code == .invalid, error.offset != nil, isOfPyTorch(path) else { throw error }
      throw CommandError(
        "\(path): only .safetensors is read; convert it: \(FileKind.conversion(ofPyTorch: path))",
        exitCode: .badData)
    }
  }

  /// The file of weights in the folder of a model for Hugging Face, or the index where there are several; nil for
  /// anything but a folder of ours or theirs.
  ///
  /// - Throws: `CommandError` for a run or a checkpoint, which has a configuration of its own.
  private static func modelFile(in folder: String) throws -> String? {
    func isThere(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: "\(folder)/\(name)")
    }
    if isThere("checkpoints") {
      throw CommandError(
        "\(folder): is a run; name the run itself in place of --weights and --config",
        exitCode: .usage)
    }
    if isThere("state.json") {
      throw CommandError(
        "\(folder): is a checkpoint; give --checkpoint in place of --weights and --config",
        exitCode: .usage)
    }
    guard isThere("config.json") else { return nil }
    return [WeightsKind.weights.file, "model\(GivenTensors.indexEnding)"].first(where: isThere)
      .map { "\(folder)/\($0)" }
  }

  /// Reads all parameters that model and file have in common.
  ///
  /// - Parameters:
  ///   - weights: receives them; what is not read stays as it is.
  ///   - model: the model that they are for.
  ///   - tolerance: what may differ.
  /// - Returns: lines for people about what was not read or made to fit, none if all was taken as it is.
  /// - Throws: `CheckpointError` or `CommandError` that names the tensors without a counterpart, the
  ///   tensor of another shape with both shapes, or the first number that is not finite.
  public func load(
    into weights: FloatBuffer, _ model: Model, _ tolerance: Tolerance = Tolerance()
  ) throws -> [String] {
    try load(into: weights, model, tolerance, nil)
  }

  /// Loads as ``load(into:_:_:)`` does, and reads the rest of the file for its digest: all of it once.
  ///
  /// - Throws: as ``load(into:_:_:)``.
  /// - Returns: the lines for people, and what ``digest()`` is of the bytes that were read.
  package func loadDigesting(
    into weights: FloatBuffer, _ model: Model, _ tolerance: Tolerance
  ) throws -> (remarks: [String], sha256: String) {
    let digests = file.digests()
    let remarks = try load(into: weights, model, tolerance, digests)
    return (remarks, try file.finish(digests))
  }

  private func load(
    into weights: FloatBuffer, _ model: Model, _ tolerance: Tolerance,
    _ digests: [String: SafeTensorsDigest]?
  ) throws -> [String] {
    let matching = self.matching(model, tolerance)
    try matching.check()
    func read(_ name: String, into values: inout MutableSpan<Float>) throws {
      if let digests {
        try file.read(name, into: &values, appendingTo: digests)
      } else {
        try file.read(name, into: &values)
      }
      if !tolerance.nonFiniteNumbers { try requireFinite(values.span, in: name) }
    }
    for parameter in matching.readInOrderOfFile {
      let name = matching.prefix + parameter.name
      let adapt = try matching.adaptation(of: parameter)
      if adapt.isIdentity {
        try weights.withMutableSpan(parameter.range) { try read(name, into: &$0) }
        continue
      }
      var given = [Float](repeating: 0, count: file.tensors[name]?.count ?? 0)
      var span = given.mutableSpan
      try read(name, into: &span)
      let values = adapt(given)
      weights.withMutableSpan(parameter.range) {
        for index in $0.indices { $0[index] = values[index] }
      }
    }
    return remarks + matching.remarks
  }

  private func matching(_ model: Model, _ tolerance: Tolerance) -> TensorMatching {
    let grids = model.configuration.tokenGrid.map {
      GridChange(source: origin?.model.tokenGrid, target: $0)
    }
    let output = model.configuration.output
    let otherTask = origin.flatMap { $0.model.output == output ? nil : $0.model.output }
    return TensorMatching(file, model, tolerance, grids, otherTask: otherTask)
  }

  /// Throws where ``load(into:_:_:)`` would, as far as that is known without reading the tensors.
  package func requireFit(_ model: Model, _ tolerance: Tolerance = Tolerance()) throws {
    let matching = self.matching(model, tolerance)
    try matching.check()
    for parameter in matching.read { try file.requireFloats(matching.prefix + parameter.name) }
  }

  /// Refuses a number that would make every loss NaN: training would show only skipped steps.
  private func requireFinite(_ values: Span<Float>, in name: String) throws(CommandError) {
    guard let first = values.indices.first(where: { !values[$0].isFinite }) else { return }
    var (place, rest) = ([Int](), first)
    for extent in (file.tensors[name]?.shape ?? []).reversed() {
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
