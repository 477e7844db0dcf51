import Files
import Foundation
import Reporting

/// Where a command's words go: with `--json` standard output holds one JSON object, nothing else.
struct Output: Sendable {
  /// Whether a program reads standard output.
  let json: Bool

  /// Says one line to people, beside the result.
  func say(_ line: String) {
    write("\(printable(line, keepingLines: true))\n")
  }

  /// Writes `text` to people as it is, beside the result.
  func write(_ text: String) {
    if json { StandardError.writeText(text) } else { StandardOutput.say(text) }
  }

  /// Gives a line of the result, or several, without what a terminal would obey.
  ///
  /// - Throws: `OutputError`.
  func line(_ text: String) throws {
    try StandardOutput.write("\(printable(text, keepingLines: true))\n")
  }

  /// Gives the result: `value` as JSON, or `text` to people.
  ///
  /// - Parameters:
  ///   - value: its property names become keys in snake case; numbers that are not finite become null.
  ///   - text: the same for people.
  /// - Throws: `EncodingError`, `OutputError`.
  func give(_ value: some Encodable, _ text: @autoclosure () -> String) throws {
    guard json else { return try line(text()) }
    // Not a byte of it is changed.
    let object = String(decoding: try JSONText.encode(value), as: UTF8.self)
    try StandardOutput.write("\(object)\n")
  }
}

/// How far a long piece of work is: written over on a terminal, a line each ten seconds elsewhere.
final class ProgressLine: Sendable {
  private let total: Int
  private let isLive: Bool
  private let output: Output
  private let progress: WorkProgress

  /// A line about `total` samples, or what `unit` says.
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

  /// Records that `done` of the total are done; with the last one the line goes.
  func show(_ done: Int) {
    if done >= total { return end() }
    show(share: Double(done) / Double(total))
  }

  /// Records what is done, as a share of all.
  func show(share: Double) {
    progress.note(share: share)
  }

  /// Takes the line away.
  func end() {
    if isLive { output.write(Terminal.erasure) }
  }
}
