import Comm
import Configuration
import Hardware
import Kernels
import Model
import Profiling
import Reduction
import Scaling
import Threading
import Train

extension ComputeProfile {
  /// What was measured of the parts of a step; collective.
  ///
  /// - Parameters:
  ///   - parts: of the run.
  ///   - trainer: after the measured steps.
  ///   - phases: of these steps.
  ///   - loaderRate: samples a second of one loader.
  ///   - gigaflops: the best rate of products on one thread.
  /// - Throws: what the measurement of the layers throws.
  init(
    _ parts: TrainingParts, _ trainer: Trainer, _ phases: PhaseTimes, loaderRate: Double,
    gigaflops: Double
  ) throws {
    let times = try LayerTimes(parts, trainer)
    let (train, model) = (parts.configuration.train, trainer.model)
    let ranks = parts.communication.size
    func seconds(_ phases: [Phase], _ rows: [PhaseTimes.Row]) -> Double {
      let names = Set(phases.map(\.name))
      return rows.reduce(0) { $0 + (names.contains($1.phase) ? $1.seconds : 0) }
    }
    let owned = (0..<ranks).map { trainer.gradientBuckets.ownedCount(of: $0) }.max() ?? 1
    self.init(
      origin: .measured, parameters: ModelCost(model).parameters,
      precision: model.precision.rawValue, products: model.products.rawValue,
      microBatch: train.microBatchSize,
      layers: zip(model.layerCosts, zip(times.forward, times.backward)).map {
        Layer(name: $0.name, forwardSeconds: $1.0, backwardSeconds: $1.1)
      },
      updateSecondsPerElement:
        seconds([.optimizer], phases.rows) * Double(train.threads) / Double(max(owned, 1)),
      additionSecondsPerByte: Self.additionSecondsPerByte(),
      stepOverheadSeconds: seconds([.rounding, .norm, .other], phases.rows))
    processor = ProcessorFacts.modelHere
    self.ranks = ranks
    threads = train.threads
    loaderSecondsPerSample = loaderRate > 0 ? 1 / loaderRate : nil
    gemmGflops = gigaflops
  }

  /// Seconds in which a thread adds a byte of one gradient to another that no cache holds.
  private static func additionSecondsPerByte() -> Double {
    let count = 1 << 24
    let (source, target) = (FloatBuffer(count: count), FloatBuffer(count: count))
    // Pages that were never written are all one and the same.
    add(target, 0..<count, to: source, at: 0)
    var best = Double.infinity
    for _ in 0..<4 {
      let started = ContinuousClock.now
      add(source, 0..<count, to: target, at: 0)
      best = min(best, started.duration(to: .now).seconds)
    }
    return best / Double(count * MemoryLayout<Float>.stride)
  }
}
