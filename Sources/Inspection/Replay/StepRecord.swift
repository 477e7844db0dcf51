import Configuration
import Foundation
import Hardware
import Platform

/// The record of one step that `train.record_digests` leaves in `metrics.jsonl`.
struct StepRecord: Decodable {
  let event: String
  let step: Int
  let threads: Int
  let borders: [Int]
  let digests: [String]
  /// How the run was started that computed the step; nil if its line was cut off.
  private(set) var start: RecordedStart?
  /// The steps up to this one whose update was left out.
  private(set) var skippedSteps: Set<Int> = []

  enum CodingKeys: String, CodingKey {
    case event, step, threads, borders
    case digests = "node_sums_sha256"
  }

  /// Reads the last record of `step`: after a resume later lines count.
  init(directory: String, step: Int) throws {
    let file = "\(directory)/metrics.jsonl"
    guard let bytes = FileManager.default.contents(atPath: file) else {
      throw CommandError(
        "\(file): cannot be read; give the directory of a run to --run-dir", exitCode: .badData)
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let wanted = "{\"event\":\"digests\",\"step\":\(step),"
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let number = lines.lastIndex(where: { $0.hasPrefix(wanted) }) else {
      throw CommandError(
        describing: ReplayError.noRecord(file: file, step: step), exitCode: .badData)
    }
    var record: StepRecord
    do {
      record = try JSONDecoder().decode(StepRecord.self, from: Data(lines[number].utf8))
    } catch {
      throw CommandError(
        describing: ReplayError.badRecord(file: file, line: number + 1), exitCode: .badData)
    }
    guard record.borders.count == record.digests.count * record.threads + 1 else {
      throw CommandError(
        describing: ReplayError.badRecord(file: file, line: number + 1), exitCode: .badData)
    }
    let earlier = lines[..<number]
    record.start = earlier.last { $0.hasPrefix("{\"event\":\"start\",") }.flatMap(
      RecordedStart.init)
    record.skippedSteps = Set(earlier.compactMap(SkippedStep.init).map(\.step))
    self = record
  }

  /// The micro-batches that `rank` computed.
  func microBatches(of rank: Int) -> Range<Int> {
    borders[rank * threads]..<borders[(rank + 1) * threads]
  }
}

/// How a run was started, as recorded in `metrics.jsonl`.
struct RecordedStart: Decodable {
  let hosts: [String]
  let build: String
  let processor: String?
  let cpu: String
  let blas: String
  let libc: String?
  let librarySettings: String?
  let pictureLibraries: String?
  let configurationDigest: String
  let datasetDigest: String

  enum CodingKeys: String, CodingKey {
    case hosts, build, processor, cpu, blas, libc
    case librarySettings = "library_settings"
    case pictureLibraries = "picture_libraries"
    case configurationDigest = "configuration_digest"
    case datasetDigest = "dataset_digest"
  }

  /// What a line records; nil if it was cut off.
  init?(_ line: Substring) {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(line.utf8))
    } catch {
      // A run that was killed may leave such a line; the checkpoint has the same information.
      return nil
    }
  }

  /// The machine that computed the run.
  var machine: Machine {
    Machine(
      processor: processor, core: cpu, blas: blas, build: build, libc: libc,
      librarySettings: librarySettings, pictureLibraries: pictureLibraries)
  }
}

/// A step whose update was skipped, as recorded in `metrics.jsonl`.
struct SkippedStep: Decodable {
  let step: Int

  /// The step that a line is about; nil if it is about something else.
  init?(_ line: Substring) {
    guard line.hasPrefix("{\"event\":\"skipped\",") else { return nil }
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(line.utf8))
    } catch {
      // Cut off by a kill: the step was done again after it.
      return nil
    }
  }
}
