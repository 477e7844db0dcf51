import Foundation

/// An axis of a plot: maps numbers to positions, with round numbers at its ticks.
package struct Axis: Sendable {
  private let low: Double
  private let high: Double
  private let start: Double
  private let end: Double
  private let step: Double

  /// The axis on which `values` lie between the places `start` and `end`.
  package init(_ values: [Double], from start: Double, to end: Double) {
    (self.start, self.end) = (start, end)
    let least = values.min() ?? 0
    // For a large number a fixed distance would vanish by rounding.
    let most = max(values.max() ?? 1, least + max(1e-9, abs(least) * 1e-9))
    let rough = (most - least) / 5
    var power = 1.0
    while power > rough { power /= 10 }
    while 10 * power <= rough { power *= 10 }
    step = ([1, 2, 5, 10].first { $0 * power >= rough } ?? 10) * power
    low = (least / step).rounded(.down) * step
    high = (most / step).rounded(.up) * step
  }

  /// The round numbers from one end to the other.
  package var ticks: [Double] { Array(stride(from: low, through: high + step / 2, by: step)) }

  /// The position of `value`.
  package func place(_ value: Double) -> Double {
    start + (value - low) / (high - low) * (end - start)
  }

  /// A tick's number, with as many digits as the step needs.
  package func label(_ value: Double) -> String {
    var (digits, unit) = (0, 1.0)
    while unit > step && digits < 12 { (digits, unit) = (digits + 1, unit / 10) }
    return String(format: "%.\(digits)f", value)
  }
}
