import Foundation
import Train

/// How far a long piece of work is: written over on a terminal, a line each ten seconds elsewhere.
final class ProgressLine: Sendable {
  private let total: Int
  private let isLive: Bool
  private let output: Output
  private let progress: WorkProgress

  /// A line about `total` samples, or whatever `unit` says.
  convenience init(total: Int, unit: String = " samples", _ output: Output) {
    self.init("\(Numbers.grouped(total))\(unit)", total: total, hasLauncher: false, output)
  }

  /// A line about the work that `title` names.
  ///
  /// - Parameters:
  ///   - title: what is done.
  ///   - total: how much that is, for ``show(_:)``.
  ///   - hasLauncher: whether a launcher has the terminal.
  ///   - output: where the line goes.
  init(_ title: String, total: Int = 1, hasLauncher: Bool, _ output: Output) {
    let descriptor = output.json ? STDERR_FILENO : STDOUT_FILENO
    let isLive = Terminal.isLive(.auto, hasLauncher: hasLauncher, descriptor: descriptor)
    self.total = total
    self.isLive = isLive
    self.output = output
    progress = WorkProgress(title, isLive: isLive) { line in
      if isLive {
        output.write(Terminal.liveLine(line, on: descriptor))
      } else {
        output.say(line)
      }
    }
  }

  /// Takes note that `done` of the total are done; with the last one the line goes.
  func show(_ done: Int) {
    if done >= total { return end() }
    show(share: Double(done) / Double(total))
  }

  /// Takes note of what is done, as a share of all.
  func show(share: Double) {
    progress.note(share: share)
  }

  /// Takes the line away.
  func end() {
    if isLive { output.write(Terminal.erasure) }
  }
}
