import Comm
import Faults
import Supervision
import Testing

@Suite("Activity of a rank")
struct RankActivityTests {
  @Test(
    "Only this rank's faults of weights in a forward pass, and of seeds, are those of its workers")
  func damagedWorkers() throws {
    let communication = try CommunicationThread(LaunchEnvironment { _ in nil }, computeThreads: 1)
    for (fault, isDamaged) in [
      ("1:forward:9:flip:7", true), ("*:forward:*:stuck", true), ("1:forward:*:rank-seed", true),
      ("0:forward:9:flip:7", false), ("1:evaluate:44:flip:7", false),
      ("1:backward:2:nan", false), ("1:forward:2:kill", false),
    ] {
      let activity = RankActivity(
        communication.heartbeats, rank: 1, faults: [try Fault(Substring(fault))])
      #expect(activity.damagesWorkers == isDamaged, "\(fault)")
    }
    try communication.finalize()
  }
}
