/// What was counted while a reader was fed.
struct FuzzReport: CustomStringConvertible {
  private static let maximumMessages = 10_000

  let reader: String
  private(set) var accepted = 0
  private(set) var refused = 0
  private var messages: Set<String> = []
  var seconds = 0.0
  var slowestSeconds = 0.0
  var peakBytes = 0

  init(reader: String) {
    self.reader = reader
  }

  mutating func addAccepted() { accepted += 1 }

  /// Counts a refusal; messages that differ in numbers alone are one.
  mutating func addRefused(_ message: String) {
    refused += 1
    if messages.count < Self.maximumMessages {
      messages.insert(Self.withoutNumbers(message))
    }
  }

  /// The message with a sign for each number; a regular expression would take longer than most readers.
  private static func withoutNumbers(_ message: String) -> String {
    var text: [UInt8] = []
    for byte in message.utf8 {
      if !(0x30...0x39).contains(byte) {
        text.append(byte)
      } else if text.last != UInt8(ascii: "#") {
        text.append(UInt8(ascii: "#"))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  var description: String {
    let atLeast = messages.count == Self.maximumMessages ? "at least " : ""
    return "\(reader): inputs \(accepted + refused), accepted \(accepted), refused \(refused), "
      + "distinct messages \(atLeast)\(messages.count), seconds \(seconds.rounded(places: 1)), "
      + "slowest \(slowestSeconds.rounded(places: 3)), "
      + "peak memory \((Double(peakBytes) / 1e6).rounded(places: 1)) MB"
  }
}

extension Double {
  fileprivate func rounded(places: Int) -> Double {
    let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
    return (self * scale).rounded() / scale
  }
}
