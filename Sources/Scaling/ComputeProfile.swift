package import Configuration
import Files
import Foundation
import Kernels
package import Model
import Platform

/// How long the parts of a step take one worker of a machine: the file of `benchmark --profile`.
public struct ComputeProfile: Sendable, Codable, Equatable {
  /// One layer.
  public struct Layer: Sendable, Codable, Equatable {
    /// `stem`, `layer 1` and so on, `head`.
    public let name: String
    /// Seconds of its forward pass for a micro-batch.
    public let forwardSeconds: Double
    /// Seconds of its backward pass for a micro-batch.
    public let backwardSeconds: Double

    package init(name: String, forwardSeconds: Double, backwardSeconds: Double) {
      self.name = name
      self.forwardSeconds = forwardSeconds
      self.backwardSeconds = backwardSeconds
    }
  }

  /// Where the numbers are from.
  public enum Origin: String, Sendable, Codable {
    /// Measured on a machine.
    case measured
    /// Estimated from the rate of matrix products.
    case estimated
    /// Given: workers wait.
    case pretended
  }

  /// Of the form of this file.
  public var version = 1
  /// Where the numbers are from.
  public let origin: Origin
  /// The name of the processor; nil if nothing was measured.
  public var processor: String?
  /// Parameters of the model.
  public let parameters: Int
  /// `fp32` or `bf16`.
  public let precision: String
  /// What multiplied.
  public let products: String
  /// Samples of a micro-batch.
  public let microBatch: Int
  /// Ranks that computed at the same time.
  public var ranks = 1
  /// Threads of each that computed at the same time.
  public var threads = 1
  /// All layers in forward order: stem, residual layers, head.
  public let layers: [Layer]
  /// Seconds in which one thread updates an element.
  public let updateSecondsPerElement: Double
  /// Seconds in which one thread adds a byte of one gradient to another.
  public let additionSecondsPerByte: Double
  /// Seconds of a step that are in none of the others: rounding of weights, the norm, decisions.
  public let stepOverheadSeconds: Double
  /// Seconds in which a loader makes a sample; nil: not known.
  public var loaderSecondsPerSample: Double?
  /// 10⁹ operations a second of one thread in matrix products, which ``Origin/estimated`` numbers are made of.
  public var gemmGflops: Double?

  package init(
    origin: Origin, parameters: Int, precision: String, products: String, microBatch: Int,
    layers: [Layer], updateSecondsPerElement: Double = 1.5e-9,
    additionSecondsPerByte: Double = 0.15e-9, stepOverheadSeconds: Double = 0
  ) {
    self.origin = origin
    self.parameters = parameters
    self.precision = precision
    self.products = products
    self.microBatch = microBatch
    self.layers = layers
    self.updateSecondsPerElement = updateSecondsPerElement
    self.additionSecondsPerByte = additionSecondsPerByte
    self.stepOverheadSeconds = stepOverheadSeconds
  }

  /// Seconds of the forward and backward pass of a micro-batch.
  package var microBatchSeconds: Double {
    layers.reduce(0) { $0 + $1.forwardSeconds + $1.backwardSeconds }
  }
}

extension ComputeProfile {
  /// What products take of the time of a worker: the rest goes to norms, activations and memory.
  static let productShare = 0.8

  /// An estimate from the rate of matrix products on one thread.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - configuration: whose micro-batches are computed.
  ///   - gigaflops: 10⁹ operations a second; a multiplication with addition counts as two.
  package init(
    estimating model: Model, _ configuration: TrainingConfiguration, gigaflops: Double
  ) {
    let seconds = 2 / (gigaflops * 1e9 * Self.productShare)
    self.init(.estimated, model, configuration) { Double($0) * seconds }
    gemmGflops = gigaflops
  }

  /// Workers that wait in place of computing, as those of `benchmark --pretend-compute`.
  ///
  /// - Parameters:
  ///   - model: the model, whose layers share the time as they share the multiply-adds.
  ///   - configuration: whose micro-batches are waited for.
  ///   - seconds: those of a micro-batch.
  package init(
    pretending model: Model, _ configuration: TrainingConfiguration, seconds: Double
  ) {
    let costs = model.layerCosts
    let all = costs.reduce(0) { $0 + $1.forwardMultiplyAdds + $1.backwardMultiplyAdds }
    let share = seconds / Double(max(all * configuration.train.microBatchSize, 1))
    self.init(.pretended, model, configuration) { Double($0) * share }
  }

  private init(
    _ origin: Origin, _ model: Model, _ configuration: TrainingConfiguration,
    secondsOfMultiplyAdds seconds: (Int) -> Double
  ) {
    let samples = configuration.train.microBatchSize
    self.init(
      origin: origin, parameters: ModelCost(model).parameters, precision: model.precision.rawValue,
      products: model.products.rawValue, microBatch: samples,
      layers: model.layerCosts.map {
        Layer(
          name: $0.name, forwardSeconds: seconds(samples * $0.forwardMultiplyAdds),
          backwardSeconds: seconds(samples * $0.backwardMultiplyAdds))
      })
  }
}

extension ComputeProfile {
  /// Reads the file at `path`.
  ///
  /// - Throws: ``CommandError``: 74 where it cannot be read, 65 where it is no profile.
  package init(file path: String) throws(CommandError) {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw CommandError(
        "\(path): cannot be read: \(error.reason); make it with "
          + "'gmlp-train benchmark --profile FILE'", exitCode: .inputOutput)
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let profile = try? decoder.decode(ComputeProfile.self, from: bytes),
      profile.version == 1, profile.isPlausible
    else {
      throw CommandError(
        "\(path): is no profile of this version; make one with 'gmlp-train benchmark --profile FILE'",
        exitCode: .badData)
    }
    self = profile
  }

  private var isPlausible: Bool {
    let times =
      layers.flatMap { [$0.forwardSeconds, $0.backwardSeconds] }
      + [updateSecondsPerElement, additionSecondsPerByte, stepOverheadSeconds]
    return microBatch > 0 && !layers.isEmpty && times.allSatisfy { (0...1e6).contains($0) }
  }

  /// Checks that this was measured with `model`.
  ///
  /// - Throws: ``CommandError`` (65) with both numbers.
  package func require(_ model: Model, file path: String) throws(CommandError) {
    let pairs = [
      ("parameters", "\(parameters)", "\(ModelCost(model).parameters)"),
      ("layers", "\(layers.count)", "\(model.layerCosts.count)"),
      ("train.precision", precision, model.precision.rawValue),
    ]
    for (what, own, wanted) in pairs where own != wanted {
      throw CommandError(
        "\(path): was measured with \(what) \(own), the configuration has \(wanted); measure again with "
          + "'gmlp-train benchmark --profile FILE' and this configuration", exitCode: .badData)
    }
  }
}
