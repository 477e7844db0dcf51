import Testing

@testable import Hardware

@Suite("The processor's name")
struct ProcessorFactsTests {
  private static func name(_ lines: [String]) -> String {
    ProcessorFacts.model(in: lines.map { Substring($0) })
  }

  @Test("A name that identifies the model stays, another gets the numbers added")
  func names() {
    let intel = ["processor\t: 0", "cpu family\t: 6", "model\t\t: 207"]
    #expect(
      Self.name(intel + ["model name\t: Intel(R) Xeon(R) Processor", "stepping\t: 2"])
        == "Intel(R) Xeon(R) Processor (family 6, model 207)")
    #expect(
      Self.name(intel + ["model name\t: Intel(R) Xeon(R) Platinum 8592+"])
        == "Intel(R) Xeon(R) Platinum 8592+")
    #expect(Self.name(["cpu family\t: 26", "model name\t: AMD EPYC 9B45"]) == "AMD EPYC 9B45")
    #expect(
      Self.name(["processor\t: 0", "CPU implementer\t: 0x41", "CPU part\t: 0xd40"])
        == "unknown processor (implementer 0x41, part 0xd40)")
    #expect(Self.name([]) == "unknown processor")
    #expect(!ProcessorFacts.modelHere.isEmpty)
  }
}
