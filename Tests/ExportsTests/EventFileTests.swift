import Configuration
import Files
import Foundation
import Kernels
import Model
import Reporting
import Scoring
import TestSupport
import Testing

@testable import Exports

@Suite("Event files of TensorBoard")
struct EventFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("The checksum is CRC-32C, masked")
  func checksum() {
    let digits = Array("123456789".utf8)
    #expect(EventRecord.checksum(digits) == 0xe306_9283)
    #expect(EventRecord.maskedChecksum(digits) == 0xc78a_b0e5)
    #expect(EventRecord.checksum([]) == 0)
  }

  @Test("A file begins with the record of its version")
  func version() throws {
    let file = try EventFile(in: folder.path, time: 1, suffix: ".test")
    try file.close()
    let length: [UInt8] = [24, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22]
    let time: [UInt8] = [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]
    let text: [UInt8] = [0x1a, 0x0d] + Array("brain.Event:2".utf8)
    let checksum: [UInt8] = [0x86, 0xbf, 0x57, 0x7a]
    let expected = length + time + text + checksum
    #expect(try folder.read(file.path) == expected)
    let name = try #require(file.path.split(separator: "/").last)
    #expect(name.hasPrefix("events.out.tfevents.0000000001.000000.") && name.hasSuffix(".test"))
  }

  @Test("Two files of one second have two names")
  func names() throws {
    let files = try (0..<2).map { _ in try EventFile(in: folder.path, time: 1, suffix: "") }
    #expect(files[0].path != files[1].path)
  }

  @Test("A point of a curve is a float without axes, with the metadata of its plugin")
  func scalar() {
    let event = TensorBoardEvent(
      time: 1, step: 300, values: [TensorBoardValue("a", .scalar(0.5))])
    let tensor: [UInt8] = [0x42, 10, 0x08, 1, 0x12, 0, 0x2a, 4, 0, 0, 0, 0x3f]
    let metadata: [UInt8] = [0x4a, 13, 0x0a, 9, 0x0a, 7] + Array("scalars".utf8) + [0x20, 1]
    let value: [UInt8] = [0x0a, 3 + 12 + 15, 0x0a, 1, 0x61] + tensor + metadata
    let time: [UInt8] = [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]
    let step: [UInt8] = [0x10, 0xac, 0x02]
    let summary: [UInt8] = [0x2a, 32] + value
    let expected = time + step + summary
    #expect(event.message.bytes == expected)
  }

  @Test("A start says from which step on older files are void")
  func start() {
    let message = TensorBoardEvent.start(time: 1, step: 7)
    #expect(message.bytes.suffix(6) == [0x10, 7, 0x3a, 2, 0x08, 1])
  }

  @Test("A histogram counts every finite number in thirty intervals")
  func histogram() {
    let numbers: [Float] = [0, 0.01, 15, 29.99, 30, .nan, .infinity]
    let histogram = Histogram(numbers.span)
    #expect(histogram.minimum == 0 && histogram.width == 1)
    #expect(histogram.counts.count == 30 && histogram.counts.reduce(0, +) == 5)
    #expect(histogram.counts[0] == 2 && histogram.counts[15] == 1 && histogram.counts[29] == 2)
    #expect(histogram.rows.prefix(6) == [0, 1, 2, 1, 2, 0])
    let equal: [Float] = [3, 3]
    #expect(Histogram(equal.span).counts.reduce(0, +) == 2)
    let none: [Float] = [.nan]
    #expect(Histogram(none.span).counts == [Int](repeating: 0, count: 30))
  }

  @Test("Curves have the names that people expect")
  func tags() throws {
    func tags(_ line: String) throws -> [String] {
      let event = try #require(RecordedEvent(line: Data(line.utf8)))
      return RunEvents.shown(event, at: 1)?.values.map(\.tag) ?? []
    }
    #expect(
      try tags(#"{"event":"step","step":1,"loss":null,"learning_rate":0.1,"grad_norm":2}"#)
        == ["train/loss", "optimizer/learning_rate", "optimizer/gradient_norm"])
    #expect(
      try tags(#"{"event":"evaluation","step":1,"loss":2,"accuracy":1,"ema_loss":2}"#)
        == ["validation/loss", "validation/accuracy", "validation/ema_loss"])
    #expect(
      try tags(#"{"event":"end","step":1,"reason":"finished"}"#) == ["_hparams_/session_end_info"])
    #expect(try tags(#"{"event":"end","step":1,"reason":"stopped"}"#).isEmpty)
  }

  @Test("Weights have a histogram each, and spatial matrices a picture")
  func weights() throws {
    var sizes = ModelConfiguration()
    sizes.imageSize = [8, 8]
    sizes.patchSize = [4, 4]
    sizes.numLayers = 6
    let model = try Model(sizes)
    let weights = FloatBuffer(count: model.layout.count)
    model.initializeWeights(weights, seed: 1)
    let values = try WeightPictures.values(model.layout, weights)
    let pictures = values.filter { $0.tag.hasPrefix("spatial/blocks.") }
    #expect(pictures.count == 4 && pictures[0].tag.contains("blocks.0."))
    #expect(pictures[3].tag.contains("blocks.5."))
    #expect(values.count == model.layout.parameters.count + 4)
    guard case .picture(let rows, let columns, let png) = pictures[0].content else {
      Issue.record("\(pictures[0].tag) is no picture")
      return
    }
    #expect(rows == 4 && columns == 4 && png.starts(with: [0x89, 0x50, 0x4e, 0x47]))
  }

  @Test("An export has each step once, replaces the one before, and leaves a run's own file alone")
  func export() throws {
    try folder.write(TrainingConfiguration().toml, to: "run/config.toml")
    try folder.write(
      [
        #"{"event":"start","ranks":1,"resumed_from":null}"#,
        #"{"event":"step","step":1,"loss":2}"#, #"{"event":"step","step":2,"loss":9}"#,
        #"{"event":"start","ranks":1,"resumed_from":1}"#,
        #"{"event":"step","step":2,"loss":1}"#, #"{"event":"evaluation","step":2,"loss":1}"#,
      ].joined(separator: "\n") + "\n", to: "run/metrics.jsonl")
    let run = "\(folder.path)/run"
    for _ in 1...2 {
      let export = try TensorBoardExport(of: run, to: run)
      #expect(export.points == 3 && export.checkpoints == 0)
      let files = try folder.names(in: run).filter { $0.hasPrefix("events.") }
      #expect(files == [String(export.path.split(separator: "/").last ?? "")])
    }
    try folder.write("", to: "run/events.out.tfevents.1.run")
    let error = try #require(throws: CommandError.self) {
      try TensorBoardExport(of: run, to: run)
    }
    #expect(error.exitCode == 64 && error.description.contains("log.tensorboard"))
  }

  @Test("During training each event is written at once, and a folder that is not there is an error")
  func writer() throws {
    let configuration = TrainingConfiguration()
    #expect(throws: SystemCallError.self) {
      try TensorBoardWriter(in: "\(folder.path)/none", configuration, after: 0)
    }
    let writer = try TensorBoardWriter(in: folder.path, configuration, after: 0)
    let name = try #require(try folder.names(in: folder.path).first)
    #expect(name.hasPrefix("events.out.tfevents.") && name.hasSuffix(".run"))
    func size() throws -> Int { try folder.read("\(folder.path)/\(name)").count }
    let before = try size()
    var line = JSONLine(event: "step")
    line.add("step", 1)
    line.add("loss", 2.5)
    #expect(writer.write(line) == nil)
    let after = try size()
    #expect(after > before)
    #expect(writer.write(JSONLine(event: "checkpoint")) == nil)
    #expect(try size() == after)
  }

  @Test("A confusion matrix is a picture, unless it has too many classes", arguments: [3, 257])
  func confusion(classes: Int) throws {
    var sizes = ModelConfiguration()
    (sizes.imageSize, sizes.patchSize, sizes.numLayers) = ([8, 8], [4, 4], 1)
    let model = try Model(sizes)
    let weights = FloatBuffer(count: model.layout.count)
    var counts = ConfusionCounts(classes: classes)
    counts.add(label: 0, predicted: 2)
    let writer = try TensorBoardWriter(in: folder.path, TrainingConfiguration(), after: 0)
    #expect(writer.write(model.layout, weights, counts, after: 7) == nil)
    let name = try #require(try folder.names(in: folder.path).first)
    let bytes = try folder.read("\(folder.path)/\(name)")
    let tag = Data("validation/confusion_matrix".utf8)
    #expect((Data(bytes).range(of: tag) != nil) == (classes == 3))
  }

  @Test(
    "A full disk is told once, and what is written when there is room again is whole",
    .enabled(if: SmallFileSystem.canMount, "mounting needs root"))
  func fullDisk() throws {
    let place = "\(folder.path)/small"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    let disk = try SmallFileSystem(kilobytes: 64, at: place)
    defer { #expect(throws: Never.self) { try disk.unmount() } }
    try fillAndGrow(disk)
    let name = try #require(try folder.names(in: place).first)
    let bytes = try folder.read("\(place)/\(name)")
    var (start, records) = (0, 0)
    while start + 12 <= bytes.count {
      let length = bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
      let end = start + 12 + length
      try #require(end + 4 <= bytes.count)
      let message = Array(bytes[start + 12..<end])
      #expect(Array(bytes[start..<end + 4]) == EventRecord.bytes(of: message))
      (start, records) = (end + 4, records + 1)
    }
    #expect(start == bytes.count && records > 400)
  }

  /// Writes events until there is no room, makes room, and writes more; the file is closed then.
  private func fillAndGrow(_ disk: SmallFileSystem) throws {
    let writer = try TensorBoardWriter(in: disk.path, TrainingConfiguration(), after: 0)
    // Records of one length.
    func write(_ steps: Range<Int>) -> [String] {
      steps.compactMap { step in
        var line = JSONLine(event: "step")
        line.add("step", step)
        line.add("loss", 2.5)
        return writer.write(line)
      }
    }
    let told = write(1_000..<3_000)
    #expect(told.count == 1 && told[0].contains("No space left on device"), "\(told)")
    try disk.resize(kilobytes: 256)
    #expect(write(3_000..<3_100).isEmpty)
  }
}
