internal import Foundation
internal import Synchronization

/// The progress of a run on standard output: a live line on a terminal, lines now and then elsewhere.
final class ProgressDisplay: Sendable {
  /// Seconds between two drawings of the live line, and between two plain lines.
  private static let interval = (live: 0.1, plain: 10.0)

  private struct State {
    var started: ContinuousClock.Instant?
    var firstStep = 0
    var shown: ContinuousClock.Instant?
    var shownStep = 0
    var results = MicroBatchResult()
    var hasLiveLine = false
  }

  private let isLive: Bool
  private let steps: Int
  private let stepsPerEpoch: Int
  private let state = Mutex(State())

  /// A display of a run of `steps` steps.
  init(isLive: Bool, steps: Int, stepsPerEpoch: Int) {
    self.isLive = isLive
    self.steps = steps
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// Shows a line that stays.
  func show(_ line: String) {
    state.withLock { state in
      let erase = state.hasLiveLine ? "\r\u{1B}[K" : ""
      state.hasLiveLine = false
      Self.write(erase + line + "\n")
    }
  }

  /// Takes the live line away, for something else to be written.
  func clear() {
    state.withLock { state in
      if state.hasLiveLine { Self.write("\r\u{1B}[K") }
      state.hasLiveLine = false
    }
  }

  /// Takes note of a step and shows it if it is time.
  ///
  /// Loss and accuracy are means since the last time.
  func step(_ plan: StepPlan, _ result: MicroBatchResult) {
    state.withLock { state in
      let now = ContinuousClock.now
      if state.started == nil {
        state.started = now
        state.firstStep = plan.step
        state.shownStep = plan.step - 1
      }
      state.results = .total([state.results, result])
      let interval = isLive ? Self.interval.live : Self.interval.plain
      let isDue = state.shown.map { $0.duration(to: now).seconds >= interval } ?? true
      guard isDue || plan.step == steps else { return }
      let line = describe(plan, state, now)
      Self.write(isLive ? "\r\u{1B}[K\(line)" : line + "\n")
      state.hasLiveLine = isLive
      (state.shown, state.shownStep) = (now, plan.step)
      state.results = MicroBatchResult()
    }
  }

  private func describe(_ plan: StepPlan, _ state: State, _ now: ContinuousClock.Instant) -> String
  {
    var text =
      "step \(plan.step)/\(steps)  epoch \(plan.epoch + 1)  "
      + "loss \(Report.decimals(state.results.loss, 4))  "
      + "accuracy \(Report.percent(state.results.accuracy))  "
      + "lr \(String(format: "%.2e", plan.learningRate))"
    // The first step has no beginning to count from.
    if let started = state.started, plan.step > state.firstStep {
      let perStep = started.duration(to: now).seconds / Double(plan.step - state.firstStep)
      let batch = Double(state.results.samples) / Double(plan.step - state.shownStep)
      text += "  \(Report.decimals(batch / perStep, batch / perStep < 10 ? 2 : 0)) samples/s"
      text += "  \(Self.clock(perStep * Double(steps - plan.step))) left"
    }
    return text
  }

  private static func clock(_ seconds: Double) -> String {
    let whole = Int(min(seconds.rounded(), 1e9))
    let (hours, minutes) = (whole / 3_600, whole / 60 % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, whole % 60)
      : String(format: "%d:%02d", minutes, whole % 60)
  }

  private static func write(_ text: String) {
    print(text, terminator: "")
    fflush(nil)
  }
}
