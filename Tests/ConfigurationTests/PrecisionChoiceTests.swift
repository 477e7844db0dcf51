import Kernels
import Model
import Testing

@testable import Configuration

@Suite("The choice of a precision")
struct PrecisionChoiceTests {
  private func asked(
    _ precision: String, _ products: ProductChoice = .auto
  ) throws -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    try configuration.apply(assignment: "train.precision=\(precision)")
    configuration.train.products = products
    return configuration
  }

  @Test("auto is kept until a run begins, and then what it came to is written and compared")
  func automatic() throws {
    let asked = try asked("auto")
    #expect(asked.train.precisionChoice == .automatic)
    #expect(asked.toml.contains("precision = \"auto\""))
    let resolved = asked.resolved()
    let name = resolved.train.precision.rawValue
    #expect(resolved.train.precision == (BFloat16Speed.here == .faster ? .bf16 : .fp32))
    #expect(resolved.toml.contains("precision = \"\(name)\"") && resolved.hasPrecision(of: asked))
    let explicit = try self.asked(name)
    #expect(explicit.train.precisionChoice == .exactly(resolved.train.precision))
    #expect(explicit.resolved().identityDigest == resolved.identityDigest)
    // A later value takes the place of auto.
    var other = asked
    try other.apply(assignment: "train.precision=bf16")
    #expect(other.train.precisionChoice == .exactly(.bf16))
  }

  @Test("auto takes bf16 only where oneDNN multiplies, and that faster than fp32")
  func products() throws {
    for speed in [BFloat16Speed.none, .slower, .faster] {
      for products in ProductChoice.allCases {
        let usable = try asked("auto", products).resolved(as: nil, speed)
        let isNarrow = speed == .faster && [.auto, .onednn].contains(products)
        #expect(usable.train.precision == (isNarrow ? .bf16 : .fp32), "\(products), \(speed)")
        let chosen: ProductChoice = isNarrow ? .onednn : .portable
        #expect(usable.train.products == (products == .auto ? chosen : products))
      }
    }
  }

  @Test("With portable products auto does not depend on the processor, so that types can be mixed")
  func mixed() throws {
    let asked = try asked("auto", .portable)
    let digests = [BFloat16Speed.none, .slower, .faster].map {
      asked.resolved(as: nil, $0).identityDigest
    }
    #expect(Set(digests).count == 1)
  }

  @Test("What was recorded is kept on any processor")
  func recorded() throws {
    for (precision, products) in [("bf16", ProductChoice.portable), ("fp32", .onednn)] {
      let recorded = try asked(precision, products)
      for speed in [BFloat16Speed.none, .slower, .faster] {
        let usable = try asked("auto").resolved(as: recorded, speed)
        #expect(usable.train.precision == recorded.train.precision)
        #expect(usable.train.products == products)
        #expect(usable.hasPrecision(of: try asked("auto"), or: recorded))
      }
    }
    #expect(!(try asked("fp32").hasPrecision(of: asked("bf16"))))
    #expect(!(try asked("fp32").hasPrecision(of: asked("auto"), or: asked("bf16"))))
  }

  @Test("Whatever multiplies bf16 is known, and nothing does in fp32")
  func narrow() throws {
    #expect(try asked("bf16").resolved(as: nil, .slower).bfloat16Products == .portable)
    #expect(try asked("bf16", .openblas).bfloat16Products == .openblas)
    #expect(try asked("fp32", .onednn).bfloat16Products == nil)
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
