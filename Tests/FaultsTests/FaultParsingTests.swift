import Checkpoints
import Testing

@testable import Configuration
@testable import Faults

@Suite("Injected faults")
struct FaultParsingTests {
  @Test("Ranks, places, steps and kinds are read")
  func good() throws {
    #expect(
      try Fault("1:backward:17:kill")
        == Fault(rank: 1, place: .phase(.backward), step: 17, kind: .kill))
    #expect(
      try Fault("*:forward:*:slow:50")
        == Fault(rank: nil, place: .phase(.forward), step: nil, kind: .slow(50)))
    #expect(
      try Fault("0:sync:*:io-error")
        == Fault(rank: 0, place: .disk(.sync), step: nil, kind: .error(5)))
    #expect(try Fault("0:create:*:power").kind == .power(after: 0, keepsNames: false))
    #expect(try Fault("0:rename:*:power-files:3").kind == .power(after: 3, keepsNames: true))
    #expect(
      try Fault("2:forward:3:stuck:7")
        == Fault(rank: 2, place: .phase(.forward), step: 3, kind: .stuck(7)))
    #expect(
      try Fault("2:forward:3:flip")
        == Fault(rank: 2, place: .phase(.forward), step: 3, kind: .flip(0)))
  }

  @Test(
    "What is no fault is refused with what would be one",
    arguments: [
      ("1:backward:kill", "is not rank:place:step:kind"),
      ("one:backward:1:kill", "'one' is not a rank number"),
      ("1:backwards:1:kill", "the nearest known one is backward"),
      ("1:backward:-1:kill", "'-1' is not a step number"),
      ("1:backward:1:kil", "the nearest known one is kill"),
      ("1:forward:1:slow", "slow needs milliseconds"),
      ("1:forward:1:kill:9", "kill takes no argument"),
      ("1:forward:1:nan", "cannot happen there"), ("1:gather:1:throw", "cannot happen there"),
      ("0:rename:1:short-write", "cannot happen there"),
      ("0:write:*:late", "cannot happen there"), ("0:forward:*:power", "cannot happen there"),
      ("0:write:*:power:many", "'many' is not a valid number of operations"),
      ("1:forward:1:no-space", "cannot happen there"),
      ("1:write:*:no-space", "rank 0 alone writes"), ("0:start:3:kill", "no step yet"),
    ])
  func bad(text: String, words: String) {
    let error = #expect(throws: CommandError.self) { try Fault(Substring(text)) }
    #expect(error?.exitCode == 64)
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(error?.description.hasPrefix("GMLP_TRAIN_FAULT=\(text): ") == true)
  }
}
