import Testing

@testable import Configuration

@Suite("Patterns of names")
struct NamePatternTests {
  @Test(
    "A pattern stands for a name",
    arguments: [
      ("head.weight", "head.weight", true), ("head.*", "head.weight", true), ("*", "", true),
      ("*", "head.bias", true), ("head.?ias", "head.bias", true), ("head.?", "head.", false),
      ("*bias*", "blocks.0.relative_bias.weight", true), ("*bias", "bias.weight", false),
      ("blocks.*.fc?.*", "blocks.10.mlp.fc1.weight", true), ("a*b*c", "abcb", false),
      ("a*b*c", "aXbYbZc", true), ("", "", true), ("", "a", false), ("**a", "bca", true),
      ("head", "head.bias", false), ("bias", "head.bias", false),
    ])
  func matches(pattern: String, name: String, isMatch: Bool) {
    #expect(NamePattern(pattern).matches(name) == isMatch)
  }

  @Test("The nearest names are those with the fewest slips")
  func nearest() {
    let names = ["stem.proj.weight", "blocks.0.relative_bias.weight", "head.weight", "head.bias"]
    #expect(NamePattern("haed.*").nearest(in: names, count: 2) == ["head.weight", "head.bias"])
    #expect(
      NamePattern("*relativ_bais*").nearest(in: names, count: 1)
        == ["blocks.0.relative_bias.weight"])
    #expect(NamePattern("x").nearest(in: names, count: 9).count == 4)
  }

  @Test("A factor is a pattern, an equals sign and a number")
  func factors() {
    #expect(NameFactor("*bias*=8")?.factor == 8)
    #expect(NameFactor("a=b=0.5")?.pattern.text == "a=b")
    for text in ["", "=", "=8", "head", "head=", "head=x", "head=-1", "head=1001", "head=nan"] {
      #expect(NameFactor(text) == nil, "\(text)")
    }
  }
}
