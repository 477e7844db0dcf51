import Foundation

/// Whether this machine does as much as it can for the tests alone, as those that measure time need it.
public enum QuietMachine {
  /// What a test that is skipped says.
  public static let need = "needs a machine whose cores have nothing else to do"

  /// Whether threads that compute for a moment, one on each core, get nearly all of the time.
  public static var isQuiet: Bool {
    let count = ProcessInfo.processInfo.activeProcessorCount
    let start = ContinuousClock.now
    let before = processorSeconds
    DispatchQueue.concurrentPerform(iterations: count) { _ in
      while start.duration(to: .now) < .milliseconds(500) {}
    }
    let seconds = start.duration(to: .now) / .seconds(1)
    return (processorSeconds - before) / (seconds * Double(count)) > 0.85
  }

  /// The processor time of all threads of this process.
  private static var processorSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
