import Files
import Foundation
package import Model
import Synchronization
import Threading

/// The progress of a run on standard output: a live line on a terminal, lines now and then elsewhere.
package final class ProgressDisplay: Sendable {
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
  private let state = Mutex(State())

  /// A display of a run of `steps` steps.
  package init(isLive: Bool, steps: Int) {
    self.isLive = isLive
    self.steps = steps
  }

  /// Shows a line that stays.
  package func show(_ line: String) {
    state.withLock { state in
      let erase = state.hasLiveLine ? Terminal.erasure : ""
      state.hasLiveLine = false
      Self.write(erase + printable(line) + "\n")
    }
  }

  /// Takes the live line away, for something else to be written.
  package func clear() {
    state.withLock { state in
      if state.hasLiveLine { Self.write(Terminal.erasure) }
      state.hasLiveLine = false
    }
  }

  /// Takes note of a step and shows it if it is time.
  ///
  /// Loss and accuracy are means since the last time.
  ///
  /// - Parameters:
  ///   - step: its number, from 1.
  ///   - epoch: the number of its epoch, from 1.
  ///   - learningRate: its learning rate.
  ///   - result: what all ranks found in it.
  package func step(_ step: Int, epoch: Int, learningRate: Double, _ result: MicroBatchResult) {
    state.withLock { state in
      let now = ContinuousClock.now
      if state.started == nil {
        state.started = now
        state.firstStep = step
        state.shownStep = step - 1
      }
      state.results = .total([state.results, result])
      let interval = isLive ? Self.interval.live : Self.interval.plain
      let isDue = state.shown.map { $0.duration(to: now).seconds >= interval } ?? true
      guard isDue || step == steps else { return }
      // Where the terminal is narrow the end is cut.
      let rate = String(format: "%.2e", learningRate)
      draw(describe(step, epoch, state, now) + "  lr \(rate)", &state)
      (state.shown, state.shownStep) = (now, step)
      state.results = MicroBatchResult()
    }
  }

  /// Begins to show a piece of work between two steps, as in "evaluation after step 3".
  package func work(_ title: String) -> WorkProgress {
    WorkProgress(title, isLive: isLive) { line in self.state.withLock { self.draw(line, &$0) } }
  }

  private func draw(_ line: String, _ state: inout State) {
    Self.write(isLive ? Terminal.liveLine(line, on: STDOUT_FILENO) : line + "\n")
    state.hasLiveLine = isLive
  }

  private func describe(
    _ step: Int, _ epoch: Int, _ state: State, _ now: ContinuousClock.Instant
  ) -> String {
    var text =
      "step \(step)/\(steps)  epoch \(epoch)  "
      + "loss \(decimals(state.results.loss, 4))  "
      + "accuracy \(percent(state.results.accuracy))"
    // The first step has no beginning to count from.
    if let started = state.started, step > state.firstStep {
      let perStep = started.duration(to: now).seconds / Double(step - state.firstStep)
      let batch = Double(state.results.samples) / Double(step - state.shownStep)
      text += "  \(WorkProgress.clock(perStep * Double(steps - step))) left"
      text += "  \(decimals(batch / perStep, batch / perStep < 10 ? 2 : 0)) samples/s"
    }
    return text
  }

  private static func write(_ text: String) {
    StandardOutput.say(text)
  }
}

/// How progress is shown.
public enum ProgressStyle: String, Sendable, CaseIterable {
  /// A live line on a terminal, lines elsewhere.
  case auto
  /// A line that is written over.
  case live
  /// A line now and then.
  case plain
}
