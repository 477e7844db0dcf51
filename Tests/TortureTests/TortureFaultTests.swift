import Testing

@testable import Torture

/// What a torture calls a problem must not depend on the speed of the machine.
@Suite("Judging a fault of a torture")
struct TortureFaultTests {
  /// The first fault of this kind on three ranks.
  private func fault(_ kind: TortureFault.Kind) -> TortureFault {
    var options = TortureOptions()
    options.kinds = [kind]
    options.ranks = [3]
    return TortureFault(number: 0, after: 0, options)
  }

  private func outcome(_ exitCode: Int32, _ change: (inout TortureOutcome) -> Void = { _ in })
    -> TortureOutcome
  {
    var outcome = TortureOutcome()
    outcome.exitCode = exitCode
    (outcome.hasHappened, outcome.hasJoined) = (true, true)
    change(&outcome)
    return outcome
  }

  @Test("mpirun may end ranks before a watchdog names the dead one, but no other may be named")
  func dead() {
    let fault = fault(.killedRank)
    #expect(fault.judge(outcome(137)) == nil)
    #expect(fault.judge(outcome(76))?.contains("nobody was named") == true)
    let other = outcome(137) { ($0.cause, $0.named) = ("dead", (fault.victim + 1) % 3) }
    #expect(fault.judge(other)?.contains("was called dead") == true)
    #expect(fault.allows(outcome(137)) && fault.allows(outcome(76)) && !fault.allows(outcome(0)))
  }

  @Test("A rank that hangs or is stopped has to be named: only a watchdog ends it")
  func hung() {
    for kind in [TortureFault.Kind.stoppedRank, .hungRank] {
      #expect(fault(kind).judge(outcome(137))?.contains("nobody was named") == true)
      #expect(fault(kind).hangs)
    }
    #expect(!fault(.turnedBit).hangs && !fault(.killedRank).hangs && !fault(.slowRank).hangs)
  }

  @Test("Once its ranks have registered, mpirun has to end as the run does")
  func asked() {
    let fault = fault(.asked)
    #expect(fault.allows(outcome(75)) && fault.allows(outcome(140)))
    #expect(!fault.allows(outcome(1)) && !fault.allows(outcome(137)))
    #expect(fault.allows(outcome(1) { $0.hasJoined = false }))
    #expect(!fault.allows(outcome(1) { ($0.hasHappened, $0.hasJoined) = (false, false) }))
    #expect(fault.allows(outcome(137) { $0.hasLingered = true }))
  }
}
