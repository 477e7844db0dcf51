import Foundation
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Safetensors")
struct SafeTensorsTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  static let tensors = [
    (name: "b", shape: [2, 3]), (name: "a.weight", shape: [5]), (name: "empty", shape: [0, 7]),
    (name: "scalar", shape: []),
  ]

  /// Writes the elements of `tensors` in an order drawn from `seed`, one or two at a time.
  func writeFile(_ name: String, seed: UInt64) throws -> (path: String, record: FileRecord) {
    let path = "\(folder.path)/\(name)"
    var numbers = RepeatableNumbers(state: seed)
    let writer = try SafeTensorsWriter(
      path: path, tensors: Self.tensors.shuffled(using: &numbers),
      metadata: ["z": "\"\u{1}\\", "format": "pt"])
    var pieces: [(name: String, range: Range<Int>)] = []
    for tensor in Self.tensors {
      var start = 0
      let count = tensor.shape.reduce(1, *)
      while start < count {
        let end = min(count, start + Int.random(in: 1...2, using: &numbers))
        pieces.append((tensor.name, start..<end))
        start = end
      }
    }
    for piece in pieces.shuffled(using: &numbers) {
      let values = piece.range.map { Self.value(piece.name, $0) }
      try writer.write(values.span, tensor: piece.name, at: piece.range.lowerBound)
    }
    return (path, try writer.finish())
  }

  static func value(_ name: String, _ element: Int) -> Float {
    Float(name.utf8.count) - Float(element) / 3
  }

  @Test("What is written is read again, wholly or in part")
  func roundTrip() throws {
    let (path, record) = try writeFile("one.safetensors", seed: 1)
    let file = try SafeTensorsFile(path: path)
    #expect(file.metadata == ["z": "\"\u{1}\\", "format": "pt"])
    #expect(Set(file.tensors.keys) == Set(Self.tensors.map(\.name)))
    for (name, shape) in Self.tensors {
      let count = shape.reduce(1, *)
      #expect(try file.tensor(name).shape == shape)
      #expect(try file.tensor(name).count == count)
      for start in 0...count {
        var values = [Float](repeating: .nan, count: count - start)
        var span = values.mutableSpan
        try file.read(name, at: start, into: &span)
        #expect(values == (start..<count).map { Self.value(name, $0) })
      }
    }
    #expect(record == (try FileRecord(reading: path)))
    #expect(record.bytes == (try bytes(of: path)).count)
  }

  @Test("A digest is of the bytes that were read, and reads none of them again")
  func digestOfWhatWasRead() throws {
    let (path, record) = try writeFile("one", seed: 1)
    let file = try SafeTensorsFile(path: path)
    let (digest, other) = (file.digest(), file.digest())
    for name in ["a.weight", "b", "empty", "scalar"] {
      var values = [Float](repeating: .nan, count: try file.tensor(name).count)
      var span = values.mutableSpan
      try file.read(name, into: &span, appendingTo: digest)
    }
    // In place: the file that is open is changed.
    try write([UInt8](repeating: 0, count: record.bytes), to: path)
    #expect(try digest.finish() == record.sha256)
    #expect(try FileRecord(reading: path) != record)
    try write([], to: path)
    let error = #expect(throws: CheckpointError.self) { try other.finish() }
    #expect(error?.code == .invalid)
  }

  @Test("The order of writing does not change a byte", arguments: 2...20)
  func anyOrder(seed: UInt64) throws {
    let first = try writeFile("first", seed: 1)
    let second = try writeFile("second", seed: seed)
    #expect(first.record == second.record)
    #expect(try bytes(of: first.path) == bytes(of: second.path))
  }

  @Test("Data begin at a multiple of 64 and tensors lie in the order of their names")
  func layout() throws {
    let (path, _) = try writeFile("one", seed: 3)
    let header = try SafeTensorsHeader(reading: OpenFile(reading: path))
    #expect(header.dataStart % 64 == 0)
    #expect(header.tensors.map(\.name) == ["a.weight", "b", "empty", "scalar"])
    #expect(header.dataLength == 4 * (5 + 6 + 0 + 1))
  }

  @Test("An element that was never written is found")
  func unwrittenElement() throws {
    for missing in 0..<6 {
      let writer = try SafeTensorsWriter(
        path: "\(folder.path)/gap", tensors: [("b", [2, 3]), ("none", [0])])
      let value: [Float] = [1]
      for element in [5, 0, 3, 1, 4, 2] where element != missing {
        try writer.write(value.span, tensor: "b", at: element)
      }
      let error = #expect(throws: CheckpointError.self) { try writer.finish() }
      #expect(error?.code == .invalid)
      #expect(error?.message.contains("\(missing)..<\(missing + 1)") == true)
    }
  }

  @Test("An element written twice is a mistake of the program")
  func writtenTwice() async {
    await #expect(processExitsWith: .failure) {
      var coverage = ElementCoverage()
      coverage.add(0..<3)
      coverage.add(5..<9)
      coverage.add(2..<4)
    }
  }

  @Test("An unknown tensor is named with its file")
  func unknownTensor() throws {
    let (path, _) = try writeFile("one", seed: 1)
    let error = #expect(throws: CheckpointError.self) {
      try SafeTensorsFile(path: path).tensor("blocks.9.norm.weight")
    }
    #expect(error?.code == .missing)
    #expect(error?.description.contains("blocks.9.norm.weight") == true)
    #expect(error?.description.hasPrefix(path) == true)
  }

  @Test("A missing file is called missing")
  func missingFile() {
    let error = #expect(throws: CheckpointError.self) {
      try SafeTensorsFile(path: "\(folder.path)/none.safetensors")
    }
    #expect(error?.code == .missing)
  }
}

@Suite("Safetensors written by Python")
struct PythonSafeTensorsTests {
  static let values: [Float] = [0, -0.0, 1, -2.5, 6.1e-5, 65504]

  static func fixture(_ name: String) throws -> String {
    try #require(Bundle.module.path(forResource: "Fixtures/\(name)", ofType: "safetensors"))
  }

  @Test("All floating-point types are read as floats")
  func types() throws {
    let file = try SafeTensorsFile(path: Self.fixture("python"))
    #expect(file.metadata == ["format": "pt"])
    func read(_ name: String) throws -> [Float] {
      var result = [Float](repeating: .nan, count: try file.tensor(name).count)
      var span = result.mutableSpan
      try file.read(name, into: &span)
      return result
    }
    #expect(try read("b.weight").map(\.bitPattern) == Self.values.map(\.bitPattern))
    #expect(try read("half") == Self.values.map { Float(Float16($0)) })
    #expect(try read("double") == Self.values.map { Float(Double($0) / 3) })
    // 6.1e-5 and 65504 rounded to eight bits of mantissa.
    #expect(try read("brain") == [0, 0, 1, -2.5, 0x1.00p-14, 65536])
    #expect(try read("größe \"quoted\"\n") == [1.5])
    #expect(try read("empty").isEmpty)
    let error = #expect(throws: CheckpointError.self) { try read("counter") }
    #expect(error?.description.contains("I64") == true)
  }

  @Test("A digest has all bytes of the file, whichever of its tensors are read")
  func digest() throws {
    let path = try Self.fixture("python")
    let file = try SafeTensorsFile(path: path)
    let whole = try FileRecord(reading: path).sha256
    let floats = file.tensors.values.filter { $0.name != "counter" }.sorted {
      ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
    }
    for chosen in 0..<(1 << floats.count) {
      let digest = file.digest()
      for (number, tensor) in floats.enumerated() where chosen >> number & 1 == 1 {
        var values = [Float](repeating: .nan, count: tensor.count)
        var span = values.mutableSpan
        try file.read(tensor.name, into: &span, appendingTo: digest)
      }
      #expect(try digest.finish() == whole)
    }
  }

  @Test("Our file of the same tensors has the same header and data as Python's")
  func sameBytes() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/ours.safetensors"
    let writer = try SafeTensorsWriter(
      path: path, tensors: [("scalar", []), ("b.weight", [2, 3]), ("a.bias", [3])],
      metadata: ["format": "pt"])
    let scalar: [Float] = [3]
    try writer.write(scalar.span, tensor: "scalar")
    try writer.write(Self.values.span, tensor: "b.weight")
    try writer.write(Self.values.span.extracting(0..<3), tensor: "a.bias")
    _ = try writer.finish()
    let ours = try Self.parts(of: path)
    let theirs = try Self.parts(of: Self.fixture("python-fp32"))
    #expect(ours.header == theirs.header)
    #expect(ours.data == theirs.data)
  }

  /// The JSON without the spaces at its end, and the data.
  static func parts(of path: String) throws -> (header: String, data: [UInt8]) {
    let header = try SafeTensorsHeader(reading: OpenFile(reading: path))
    let bytes = try bytes(of: path)
    let json = String(decoding: bytes[8..<header.dataStart], as: UTF8.self)
    return (json.trimmingCharacters(in: .whitespaces), Array(bytes[header.dataStart...]))
  }
}
