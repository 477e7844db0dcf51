import Foundation

/// How far a long piece of work is: written over on a terminal, a line each ten seconds elsewhere.
final class ProgressLine {
  private let total: Int
  private let unit: String
  private let output: Output
  private let isLive: Bool
  private var shown = ContinuousClock.now

  /// A line about `total` samples, or whatever `unit` says.
  init(total: Int, unit: String = "", _ output: Output) {
    self.total = total
    self.unit = unit
    self.output = output
    isLive = isatty(output.json ? STDERR_FILENO : STDOUT_FILENO) == 1
  }

  /// Takes note that `done` samples are done and shows it if it is time.
  func show(_ done: Int) {
    let now = ContinuousClock.now
    guard now - shown >= (isLive ? .milliseconds(200) : .seconds(10)), done < total else {
      if done == total && isLive { output.write("\r\u{1B}[K") }
      return
    }
    shown = now
    let line =
      "\(Numbers.grouped(done)) of \(Numbers.grouped(total))\(unit), \(100 * done / total) %"
    if isLive {
      output.write("\r\u{1B}[K\(line)")
      fflush(nil)
    } else {
      output.say(line)
    }
  }
}
