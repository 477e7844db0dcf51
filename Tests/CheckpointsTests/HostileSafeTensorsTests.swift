import Foundation
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Damaged and hostile safetensors")
struct HostileSafeTensorsTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Opens a file of `json` and `dataBytes` zeros, with `length` in the place of the true length.
  func open(_ json: String, dataBytes: Int = 8, length: UInt64? = nil) throws {
    let prefix = (0..<8).map {
      UInt8(truncatingIfNeeded: (length ?? UInt64(json.utf8.count)) >> (8 * $0))
    }
    let path = "\(folder.path)/\(UUID().uuidString)"
    try write(prefix + Array(json.utf8) + [UInt8](repeating: 0, count: dataBytes), to: path)
    _ = try SafeTensorsFile(path: path)
  }

  static func entry(_ name: String, _ shape: String, _ offsets: String) -> String {
    "\"\(name)\":{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(offsets)]}"
  }

  static let good = entry("a", "2", "0,8")

  /// Tensors that reach the end of the numbers, and one behind them where no sum with the length of
  /// the header is a number any more.
  static let hugeEntries = [
    entry("a", "\(1 << 60)", "0,\(1 << 62)"),
    entry("b", "\(1 << 60 - 1)", "\(1 << 62),\(Int.max - 3)"),
    entry("c", "0", "\(Int.max - 1),\(Int.max - 1)"),
  ].joined(separator: ",")

  @Test(
    "Headers within the format are read",
    arguments: [
      "{\(good)}", "{ \(good) }   ", "{\"__metadata__\":{},\(good)}", "{\n\t\(good)\r\n}",
      "{\(entry("a", "2", "0,8").replacing("F32", with: "F33"))}",
      "{\(entry("a", "", "0,4")),\(entry("b", "1", "4,8"))}",
      "{\(entry("b", "1", "4,8")),\(entry("z", "0,9", "4,4")),\(entry("a", "1", "0,4"))}",
      "{\(entry("\\u00e9\\ud83d\\ude00\\n", "2", "0,8"))}",
    ])
  func accepted(json: String) throws {
    try open(json)
  }

  @Test(
    "Headers outside of the format are refused in one line with a place",
    arguments: [
      "", " {\(good)}", "[\(good)]", "{\(good)", "{\(good)}}", "{\(good),}", "{\(good)}x", "null",
      "{\(good),\(good)}", "{\(good),\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}",
      "{\"__metadata__\":{},\"__metadata__\":{},\(good)}", "{\(good),\"__metadata__\":{\"a\":1}}",
      "{\(entry("a", "2", "0,8").replacing("shape", with: "dtype"))}",
      "{\(entry("a", "2", "0,8").replacing("shape", with: "extra"))}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", "{\"a\":{}}", "{\"a\":[]}", "{\"a\":\"b\"}",
      "{\(entry("a", "2", "8,0"))}", "{\(entry("a", "2", "0,8,8"))}", "{\(entry("a", "2", "8"))}",
      "{\(entry("a", "3", "0,8"))}", "{\(entry("a", "1", "0,4"))}", "{\(entry("a", "3", "0,12"))}",
      "{\(entry("a", "1", "4,8"))}", "{\(entry("a", "2", "0,8")),\(entry("b", "1", "4,8"))}",
      "{\(entry("a", "-2", "0,8"))}", "{\(entry("a", "2.0", "0,8"))}",
      "{\(entry("a", "2e0", "0,8"))}",
      "{\(entry("a", "02", "0,8"))}", "{\(entry("a", "99999999999999999999", "0,8"))}",
      "{\(entry("a", "4294967296,4294967296,4294967296", "0,8"))}",
      "{\(entry("a", "9223372036854775807", "0,8"))}",
      "{\(entry("a", "2", "0,9223372036854775807"))}", "{\(entry("a", "[2]", "0,8"))}",
      "{\(entry("a", Array(repeating: "1", count: 100).joined(separator: ","), "0,4"))}",
      "{\(hugeEntries)}", "{\(entry("a\\ud83d", "2", "0,8"))}", "{\(entry("a\\x", "2", "0,8"))}",
      "{\(entry("a\\u12", "2", "0,8"))}", "{\(entry("a\nb", "2", "0,8"))}",
      "{\"a", "{\"a\\", "{\"a\\u", "{\"a\":", "{\"a\":{\"shape\":[1", "{\"a\":{\"dtype\":\"F32\"",
      String(repeating: "{\"a\":", count: 100_000), String(repeating: "[", count: 100_000),
    ])
  func refused(json: String) {
    let error = #expect(throws: CheckpointError.self) { try open(json) }
    #expect(error?.code == .invalid)
    #expect(error?.offset != nil)
    #expect(error?.description.contains("\n") == false)
  }

  @Test("A name that is not UTF-8 is refused")
  func invalidUTF8() throws {
    let json = Array("{\(Self.good)}".utf8).map { $0 == UInt8(ascii: "a") ? 0xFF : $0 }
    let path = "\(folder.path)/name"
    try write(
      [UInt8(json.count), 0, 0, 0, 0, 0, 0, 0] + json + [0, 0, 0, 0, 0, 0, 0, 0], to: path)
    #expect(throws: CheckpointError.self) { try SafeTensorsFile(path: path) }
  }

  @Test(
    "A header length that cannot be is refused",
    arguments: [0, 1, 60, 1 << 20, 100_000_001, 1 << 63, .max] as [UInt64])
  func headerLength(length: UInt64) {
    let error = #expect(throws: CheckpointError.self) { try open("{\(Self.good)}", length: length) }
    #expect(error?.code == .invalid)
  }

  @Test("A PyTorch archive gets the line that says how to convert it")
  func archive() throws {
    let path = "\(folder.path)/model.pth"
    try write(Array("PK\u{3}\u{4}0123456789".utf8), to: path)
    let error = #expect(throws: CheckpointError.self) { try SafeTensorsFile(path: path) }
    #expect(error?.description.contains("safetensors.torch.save_file") == true)
  }

  @Test("Truncation at any byte is found, and so is a byte too many")
  func truncation() throws {
    let whole = try bytes(of: PythonSafeTensorsTests.fixture("python"))
    let path = "\(folder.path)/cut"
    for count in 0..<whole.count {
      try write(Array(whole[..<count]), to: path)
      let error = #expect(throws: CheckpointError.self) { try SafeTensorsFile(path: path) }
      #expect(error?.code == .invalid)
    }
    try write(whole + [0], to: path)
    #expect(throws: CheckpointError.self) { try SafeTensorsFile(path: path) }
    try write(whole, to: path)
    _ = try SafeTensorsFile(path: path)
  }

  @Test("Random changes of the header end in an error or in a file whose tensors can be read")
  func fuzz() throws {
    let whole = try bytes(of: PythonSafeTensorsTests.fixture("python"))
    let header = try SafeTensorsHeader(
      reading: OpenFile(reading: PythonSafeTensorsTests.fixture("python")))
    let alphabet =
      Array("{}[]\",:\\u0123456789eE.-FBIshape_dtype".utf8) + [0, 0x20, 0x7F, 0xC3, 0xFF]
    var numbers = RepeatableNumbers(state: 5)
    let path = "\(folder.path)/fuzz"
    var opened = 0
    for _ in 0..<5_000 {
      var changed = whole
      for _ in 0..<Int.random(in: 1...3, using: &numbers) {
        let place = Int.random(in: 0..<header.dataStart, using: &numbers)
        changed[place] = alphabet.randomElement(using: &numbers) ?? 0
      }
      try write(changed, to: path)
      do {
        let file = try SafeTensorsFile(path: path)
        opened += 1
        for tensor in file.tensors.values where [.float32, .float64].contains(tensor.type) {
          var values = [Float](repeating: 0, count: tensor.count)
          var span = values.mutableSpan
          try file.read(tensor.name, into: &span)
        }
      } catch {
        #expect(error.code == .invalid)
      }
    }
    // Some changes hit only a name or the padding; were there none, the test would be idle.
    #expect(opened > 0 && opened < 2_500)
  }
}
