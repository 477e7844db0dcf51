import Foundation
import RunSupport
import Testing

@testable import Reporting

@Suite("Terminal")
struct TerminalTests {
  @Test("What was asked for counts, and under a launcher there is no terminal")
  func isLive() {
    for hasLauncher in [false, true] {
      #expect(Terminal.isLive(.live, hasLauncher: hasLauncher))
      #expect(!Terminal.isLive(.plain, hasLauncher: hasLauncher))
    }
    #expect(!Terminal.isLive(.auto, hasLauncher: true))
  }

  @Test(
    "A line is cut between characters, by the columns that they take",
    arguments: [
      ("step 12/40", 20, "step 12/40"), ("step 12/40", 10, "step 12/40"),
      ("step 12/40", 6, "step 1"),
      ("日本語", 6, "日本語"), ("日本語", 5, "日本"), ("日本語", 1, ""), ("a日", 2, "a"),
      ("größe", 3, "grö"), ("gro\u{308}ße", 3, "gro\u{308}"), ("👨‍👩‍👧x", 2, "👨‍👩‍👧"),
      ("👨‍👩‍👧x", 1, ""), ("🇩🇪🇫🇷", 3, "🇩🇪"), ("ｆｕｌｌ", 4, "ｆｕ"), ("한국어", 4, "한국"),
      ("a\nb\rc\u{1B}[Kd\te", 9, "abc[Kde"), ("", 4, ""), ("abc", 0, ""), ("abc", -1, ""),
    ])
  func fitting(text: String, columns: Int, beginning: String) {
    #expect(Terminal.fitting(text, columns: columns) == beginning)
  }

  @Test("Colours are for terminals that have them, and for people who want them")
  func colours() throws {
    let terminal = try PseudoTerminal(columns: 30)
    let descriptor = terminal.program.fileDescriptor
    func hasColours(_ environment: [String: String]) -> Bool {
      Terminal.hasColours(descriptor: descriptor, environment: environment)
    }
    #expect(hasColours([:]) && hasColours(["TERM": "xterm", "NO_COLOR": ""]))
    #expect(!hasColours(["NO_COLOR": "1"]) && !hasColours(["TERM": "dumb"]))
    let file = try #require(FileHandle(forReadingAtPath: "/dev/null"))
    #expect(!Terminal.hasColours(descriptor: file.fileDescriptor, environment: [:]))
  }

  @Test("The width is asked for at each line, and is never nothing")
  func width() throws {
    let terminal = try PseudoTerminal(columns: 30)
    let long = String(repeating: "x", count: 100)
    let descriptor = terminal.program.fileDescriptor
    for columns in [30, 12, 80] {
      try terminal.resize(columns: columns)
      #expect(
        Terminal.liveLine(long, on: descriptor)
          == Terminal.erasure + String(repeating: "x", count: columns - 1))
    }
    // A descriptor that is no terminal, as under mpirun.
    let file = try #require(FileHandle(forReadingAtPath: "/dev/null"))
    #expect(Terminal.columns(of: file.fileDescriptor) > 0)
  }
}
