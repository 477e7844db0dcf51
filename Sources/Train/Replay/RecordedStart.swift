import Foundation

/// How a run was started, as `metrics.jsonl` tells.
struct RecordedStart: Decodable {
  let hosts: [String]
  let build: String
  let processor: String?
  let cpu: String
  let blas: String
  let libc: String?
  let librarySettings: String?
  let configurationDigest: String
  let datasetDigest: String

  enum CodingKeys: String, CodingKey {
    case hosts, build, processor, cpu, blas, libc
    case librarySettings = "library_settings"
    case configurationDigest = "configuration_digest"
    case datasetDigest = "dataset_digest"
  }

  /// What a line tells; nil where it was cut off.
  init?(_ line: Substring) {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(line.utf8))
    } catch {
      // A run that was killed may leave such a line, and the checkpoint tells the same.
      return nil
    }
  }

  /// The machine that computed the run.
  var machine: Machine {
    Machine(
      processor: processor, core: cpu, blas: blas, build: build, libc: libc,
      librarySettings: librarySettings)
  }
}

/// A step whose update was left out, as `metrics.jsonl` tells.
struct SkippedStep: Decodable {
  let step: Int

  /// The step of which a line tells; nil where it tells of something else.
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
