import ArgumentParser
import Configuration
import Files
import Foundation
import Platform
import Reporting
import Train

/// `gmlp-train watch`: a run's curves and ranks on the terminal, while it trains.
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Show the curves, the speed and the ranks of a run as it trains.",
    discussion: """
      gmlp-train watch runs/digits

      Reads metrics.jsonl only, so it works from another terminal, over ssh, on another host that \
      sees the folder, and after the run. It changes nothing. The page is drawn again each \
      second; q ends it. Where standard output is no terminal, the page is printed once.
      """)

  @Flag(help: "Print the page once and end.")
  var once = false

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var directory: String

  func run() throws {
    SingleProcess.run {
      var reader = MetricsReader(path: "\(directory)/metrics.jsonl")
      var page = WatchPage(title: directory)
      try read(&reader, into: &page)
      if once || !Terminal.isLive(.auto, hasLauncher: false, descriptor: STDOUT_FILENO) {
        return try Output(json: false).line(text(of: page, rows: .max))
      }
      let keyboard = Keyboard()
      // A page of its own, so that what was on the terminal comes back.
      StandardOutput.say("\u{1B}[?1049h\u{1B}[?25l")
      defer { StandardOutput.say("\u{1B}[?25h\u{1B}[?1049l") }
      repeat {
        try read(&reader, into: &page)
        let rows = Terminal.rows(of: STDOUT_FILENO) - 1
        // What is left of the last page is erased behind each line and below the last one.
        let lines = text(of: page, rows: rows).replacing("\n", with: "\u{1B}[K\n")
        StandardOutput.say("\u{1B}[H\(lines)\u{1B}[K\u{1B}[J")
      } while !StandardOutput.isMute && !keyboard.asksToEnd(within: 1)
    }
  }

  private func read(_ reader: inout MetricsReader, into page: inout WatchPage) throws {
    do throws(MetricsError) {
      let (events, isAnew) = try reader.read()
      if isAnew { page = WatchPage(title: directory) }
      for event in events { page.add(event) }
    } catch {
      throw CommandError(error.description, exitCode: .badData)
    }
  }

  private func text(of page: WatchPage, rows: Int) -> String {
    let columns = Terminal.columns(of: STDOUT_FILENO) - 1
    let lines = page.lines(columns: columns, now: Date.now.timeIntervalSince1970)
    return lines.prefix(rows).joined(separator: "\n")
  }
}

/// The keys that are pressed on the terminal of standard input, one by one and unseen, as long as it lives.
private final class Keyboard {
  private let usual: termios
  private let isTerminal: Bool

  init() {
    var found = termios()
    isTerminal = unsafe tcgetattr(STDIN_FILENO, &found) == 0
    usual = found
    guard isTerminal else { return }
    // Control-C comes as a key too: the terminal has to be given back.
    found.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
    _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &found)
  }

  deinit {
    guard isTerminal else { return }
    var usual = self.usual
    _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &usual)
  }

  /// Waits at most so many seconds for a key that ends: q, Control-C, or the end of the input.
  func asksToEnd(within seconds: Int32) -> Bool {
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&input, 1, 1_000 * seconds) > 0 else { return false }
    var key: UInt8 = 0
    let count = unsafe read(STDIN_FILENO, &key, 1)
    return count <= 0 || [UInt8(ascii: "q"), UInt8(ascii: "Q"), 3].contains(key)
  }
}
