import Configuration
import Testing

@testable import Scaling

@Suite("Quantities with units")
struct QuantityTests {
  @Test(
    "Rates in bits are those of network cards, rates in bytes those of content",
    arguments: [
      // 94 % of the bits of a link are content.
      ("25gbit", 2.9375e9), ("25Gbit/s", 2.9375e9), ("100mbit", 11.75e6),
      ("1.5GB/s", 1.5e9), ("118MB/s", 118e6), ("500kB/s", 500e3),
    ])
  func rates(text: String, expected: Double) throws {
    #expect(abs(try Quantity.rate(text, for: "--link") / expected - 1) < 1e-12)
  }

  @Test(
    "Times", arguments: [("10us", 10e-6), ("10µs", 10e-6), ("1.5ms", 1.5e-3), ("2s", 2), ("0", 0)])
  func times(text: String, expected: Double) throws {
    #expect(abs(try Quantity.time(text, for: "--latency") - expected) < 1e-15)
  }

  @Test("Sizes")
  func sizes() throws {
    #expect(try Quantity.size("256GB", for: "--memory") == 256e9)
  }

  @Test(
    "What is no quantity gets one line that names the option and the units",
    arguments: [
      "25", "gbit", "25gb", "-1gbit", "1.2.3gbit", "0gbit", "25 gbit", "", "1e400gbit", "10us",
    ])
  func badRates(text: String) {
    let error = #expect(throws: CommandError.self) { try Quantity.rate(text, for: "--link") }
    #expect(error?.exitCode == 64)
    #expect(error?.description.hasPrefix("--link \(text): is not a rate") == true)
    #expect(error?.description.contains("gbit") == true)
    #expect(error?.description.contains("\n") == false)
  }

  @Test("The same of times and sizes", arguments: ["10", "us", "10gbit", "-1us", ""])
  func badTimes(text: String) {
    let time = #expect(throws: CommandError.self) { try Quantity.time(text, for: "--latency") }
    #expect(time?.description.contains("units are ns, us, ms, s") == true)
    let size = #expect(throws: CommandError.self) { try Quantity.size(text, for: "--memory") }
    #expect(size?.description.contains("units are B, kB, MB, GB, TB") == true)
  }
}
