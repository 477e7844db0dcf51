import Testing

@testable import Train

@Suite("Terminal")
struct TerminalTests {
  @Test("What was asked for counts, and under a launcher nobody sees a terminal")
  func isLive() {
    for hasLauncher in [false, true] {
      #expect(Terminal.isLive(.live, hasLauncher: hasLauncher))
      #expect(!Terminal.isLive(.plain, hasLauncher: hasLauncher))
    }
    #expect(!Terminal.isLive(.auto, hasLauncher: true))
  }
}
