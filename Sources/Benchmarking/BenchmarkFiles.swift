import Checkpoints
import Comm
import Configuration
import Files
import Foundation
import Platform
import Profiling
import Reporting
import Scaling
import Train

/// What a benchmark writes, all of it on rank zero.
struct BenchmarkFiles {
  private let trace: OutputFile?
  private let isTraced: Bool
  private let profile: OutputFile?
  private let folder: CheckpointFolder?

  /// Makes the file and the folder that are wanted; every rank calls it.
  ///
  /// - Throws: ``CommandError`` on all ranks where rank zero cannot.
  init(_ options: BenchmarkOptions, _ communication: CommunicationThread) throws {
    var (trace, profile, folder): (OutputFile?, OutputFile?, CheckpointFolder?)
    var result = Result<[StartInvariant], CommandError>.success([])
    if communication.rank == 0 {
      do throws(CommandError) {
        if let path = options.trace { trace = try OutputFile(path, of: "trace") }
        if let path = options.profile { profile = try OutputFile(path, of: "profile") }
        if let path = options.checkpointDirectory { folder = try CheckpointFolder(in: path) }
      } catch {
        result = .failure(error)
      }
    }
    try StartAgreement.check(result, communication, isOfRankZero: true)
    (self.trace, self.profile, self.folder) = (trace, profile, folder)
    isTraced = options.trace != nil
  }

  /// Where the checkpoint goes; nil on other ranks.
  var store: CheckpointStore? {
    folder.map { CheckpointStore(directory: "\($0.path)/checkpoints") }
  }

  /// Writes what all ranks recorded, if that is wanted; every rank calls it.
  ///
  /// - Throws: ``CommandError`` on all ranks where rank zero cannot.
  func writeTrace(
    _ reading: RankProfile.Reading, _ communication: CommunicationThread
  ) throws {
    guard isTraced else { return }
    let chromeTrace = try ChromeTrace(reading, communication)
    var result = Result<[StartInvariant], CommandError>.success([])
    do throws(CommandError) {
      try trace?.write(chromeTrace, naming: .useDefaultKeys)
    } catch {
      result = .failure(error)
    }
    try StartAgreement.check(result, communication, isOfRankZero: true)
  }

  /// Writes the times of layers; every rank calls it.
  ///
  /// - Throws: ``CommandError`` on all ranks where rank zero cannot.
  func writeProfile(
    _ content: ComputeProfile, _ communication: CommunicationThread
  ) throws {
    var result = Result<[StartInvariant], CommandError>.success([])
    do throws(CommandError) {
      try profile?.write(content, naming: .convertToSnakeCase)
    } catch {
      result = .failure(error)
    }
    try StartAgreement.check(result, communication, isOfRankZero: true)
  }
}

/// The file of a trace or a profile: opened first, so that a wrong path is reported before the measurement.
final class OutputFile {
  private let path: String
  /// What it is, which is the name of its option too.
  private let name: String
  /// Whether an empty file was made that is to be removed if nothing comes.
  private var isEmpty: Bool

  /// Makes the file if it is not there; an older one stays until the new one is written.
  ///
  /// - Throws: ``CommandError`` with the system's reason.
  init(_ path: String, of name: String) throws(CommandError) {
    let isNew = !FileManager.default.fileExists(atPath: path)
    do {
      if isNew { try Data().write(to: URL(filePath: path)) }
      try FileHandle(forUpdating: URL(filePath: path)).close()
    } catch {
      throw Self.error(path, name, error)
    }
    self.path = path
    self.name = name
    isEmpty = isNew
  }

  deinit {
    guard isEmpty else { return }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      StandardError.write("\(path): cannot be removed: \(error.reason); remove it")
    }
  }

  /// Writes all of it.
  func write(
    _ content: some Encodable, naming: JSONEncoder.KeyEncodingStrategy
  ) throws(CommandError) {
    do {
      try JSONText.encode(content, naming: naming).write(to: URL(filePath: path))
      isEmpty = false
    } catch {
      throw Self.error(path, name, error)
    }
  }

  private static func error(_ path: String, _ name: String, _ error: any Error) -> CommandError {
    CommandError(
      "\(path): the \(name) cannot be written: \(error.reason); choose another --\(name)",
      exitCode: .inputOutput)
  }
}

/// An empty folder for a checkpoint that is only measured; it goes with its content.
final class CheckpointFolder {
  let path: String

  /// Makes it in `directory`, which has to be there.
  ///
  /// - Throws: ``CommandError`` with the system's reason.
  init(in directory: String) throws(CommandError) {
    let path = "\(directory)/gmlp-train-benchmark-\(UUID().uuidString)"
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    } catch {
      throw CommandError(
        "\(directory): no checkpoint can be measured in it: \(error.reason); choose another folder "
          + "for --checkpoint", exitCode: .inputOutput)
    }
    // Set last: what was not made is not removed.
    self.path = path
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      StandardError.write("\(path): cannot be removed: \(error.reason); remove it")
    }
  }
}
