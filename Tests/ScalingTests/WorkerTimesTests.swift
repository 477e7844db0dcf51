import Configuration
import Model
import Testing

@testable import Scaling

@Suite("Times of a worker")
struct WorkerTimesTests {
  private let configuration: TrainingConfiguration
  private let model: Model
  private let profile: ComputeProfile

  init() throws {
    configuration = TrainingConfiguration()
    model = try configuration.makeModel()
    profile = ComputeProfile(estimating: model, configuration, gigaflops: 10)
  }

  @Test("All micro-batches are computed, however they take turns", arguments: [0, 16, 32, 64])
  func turns(interleaved: Int) {
    var train = configuration.train
    train.interleavedSamples = interleaved
    for count in 0...7 {
      let times = WorkerTimes(microBatches: count, profile, model, train)
      let expected = Double(count) * profile.microBatchSeconds
      #expect(abs(times.seconds - expected) <= 1e-9 * max(expected, 1))
    }
  }

  @Test("Layers come in order, and the last one of the backward pass finishes the gradient")
  func layers() {
    let times = WorkerTimes(microBatches: 2, profile, model, configuration.train)
    let layers = model.layerCosts.count
    #expect(times.forward.count == layers && times.backward.count == layers)
    #expect(times.forward.map(\.firstWeight) == times.forward.map(\.firstWeight).sorted(by: >))
    #expect(times.forward.last?.firstWeight == 0)
    let finals = times.backward.compactMap(\.finalGradients)
    #expect(finals == finals.sorted() && finals.last == model.layout.gradientCount)
  }

  @Test("An estimate is the products' time at the rate, and four fifths of all")
  func estimate() {
    let cost = ModelCost(model)
    let operations = 2 * Double(cost.trainingMultiplyAdds * configuration.train.microBatchSize)
    #expect(abs(profile.microBatchSeconds / (operations / 10e9 / 0.8) - 1) < 1e-9)
  }

  @Test("Workers that wait take the given time for a micro-batch")
  func pretended() {
    let waiting = ComputeProfile(pretending: model, configuration, seconds: 0.25)
    #expect(abs(waiting.microBatchSeconds - 0.25) < 1e-12)
    let times = WorkerTimes(microBatches: 3, waiting, model, configuration.train)
    #expect(abs(times.seconds - 0.75) < 1e-12)
  }
}
