package import Comm
package import Model
import Profiling
import Threading
import Train

/// What the time of a step goes to, over all workers of all ranks.
public struct PhaseTimes: Sendable, Encodable {
  /// One phase.
  public struct Row: Sendable, Encodable {
    /// Its name, as in `forward GELU`.
    public let phase: String
    /// Seconds a step, the mean over the workers.
    public let seconds: Double
    /// Seconds a step of the worker that took the longest.
    public let largestSeconds: Double
    /// The mean as a share of the whole time.
    public let share: Double
    /// The rate of its matrix products on one thread, 10⁹ operations a second; nil if it has none.
    public let gflops: Double?
  }

  /// The phases that took time, in the order of a step.
  ///
  /// Their seconds add up to ``seconds``.
  public let rows: [Row]
  /// Seconds a step by the wall clock, the mean over the steps and the ranks.
  public let seconds: Double
  /// Seconds a step that exchanges of gradients took while the workers computed; the mean over ranks.
  public let reductionHiddenSeconds: Double
  /// Seconds a step for which the communication thread of a rank had a processor; the mean over ranks.
  public let exchangeProcessorSeconds: Double

  /// Puts the `steps` of all ranks together.
  ///
  /// Every rank calls it.
  package init(
    _ steps: MeasuredSteps, _ cost: ModelCost, batch: Int, _ communication: CommunicationThread
  ) throws {
    let own = steps.words
    let all = try communication.perform { try $0.allGather(own) }
    let count = Double(steps.count)
    let workers = all.flatMap { words in
      stride(from: 3, to: words.count, by: Phase.allCases.count).map {
        Array(words[$0..<$0 + Phase.allCases.count])
      }
    }
    let operations = 2 * count * Double(batch)
    let wall = all.map { $0[0] }.reduce(0, +) / Double(all.count)
    rows = Phase.allCases.enumerated().compactMap { index, phase in
      let column = workers.map { $0[index] }
      let sum = column.reduce(0, +)
      guard sum > 0 else { return nil }
      let mean = sum / Double(workers.count)
      return Row(
        phase: phase.name, seconds: mean / count, largestSeconds: (column.max() ?? 0) / count,
        share: mean / wall,
        gflops: cost.multiplyAdds(of: phase).map { Double($0) * operations / sum / 1e9 })
    }
    seconds = wall / count
    reductionHiddenSeconds = all.map { $0[1] }.reduce(0, +) / Double(all.count) / count
    exchangeProcessorSeconds = all.map { $0[2] }.reduce(0, +) / Double(all.count) / count
  }
}

extension MeasuredSteps {
  /// The times as they travel: the whole, the hidden exchange, that of the exchange on processors, and every phase
  /// of every worker.
  fileprivate var words: [Double] {
    [seconds, hiddenExchange, exchangeProcessorSeconds]
      + reading.workers.flatMap { worker in
        Phase.allCases.map { worker.durations[$0]?.seconds ?? 0 }
      }
  }

  /// The time that the communication thread was busy while no worker waited for it.
  private var hiddenExchange: Double {
    let communication = reading.communication.durations
    let busy = [Phase.agreement, .exchange].map { communication[$0]?.seconds ?? 0 }.reduce(0, +)
    return max(0, busy - (reading.workers[0].durations[.exchange]?.seconds ?? 0))
  }
}
