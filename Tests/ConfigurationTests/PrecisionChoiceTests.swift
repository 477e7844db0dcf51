import Model
import Testing

@testable import Configuration

@Suite("The choice of a precision")
struct PrecisionChoiceTests {
  @Test("auto comes to what the table of processors says, and that is what is written and compared")
  func automatic() throws {
    var configuration = TrainingConfiguration()
    try configuration.apply(assignment: "train.precision=auto")
    let faster = BFloat16Speed.here == .faster
    #expect(configuration.train.precision == (faster ? .bf16 : .fp32))
    #expect(configuration.train.precisionChoice.isAutomatic)
    let name = configuration.train.precision.rawValue
    #expect(configuration.toml.contains("precision = \"\(name)\""))
    var explicit = TrainingConfiguration()
    try explicit.apply(assignment: "train.precision=\(name)")
    #expect(explicit.identityDigest == configuration.identityDigest)
    #expect(!explicit.train.precisionChoice.isAutomatic)
    // A later value takes the place of auto.
    try configuration.apply(assignment: "train.precision=bf16")
    #expect(configuration.train.precision == .bf16)
    #expect(!configuration.train.precisionChoice.isAutomatic)
  }

  @Test("Another word is refused with the three that are known")
  func refused() {
    var configuration = TrainingConfiguration()
    let error = #expect(throws: ConfigurationError.self) {
      try configuration.apply(assignment: "train.precision=fast")
    }
    #expect("\(error as Any)".contains(#""fp32", "bf16", "auto""#))
  }
}
