import Checkpoints
import Comm
import Configuration
import Train

/// What a benchmark writes, all of it on rank zero.
struct BenchmarkFiles {
  private let trace: TraceFile?
  private let isTraced: Bool
  private let folder: CheckpointFolder?

  /// Makes the file and the folder that are wanted; every rank calls it.
  ///
  /// - Throws: ``CommandError`` on all ranks where rank zero cannot.
  init(_ options: BenchmarkOptions, _ communication: CommunicationThread) throws {
    var (trace, folder): (TraceFile?, CheckpointFolder?)
    var result = Result<[StartInvariant], CommandError>.success([])
    if communication.rank == 0 {
      do throws(CommandError) {
        if let path = options.trace { trace = try TraceFile(path) }
        if let path = options.checkpointDirectory { folder = try CheckpointFolder(in: path) }
      } catch {
        result = .failure(error)
      }
    }
    try StartAgreement.check(result, communication, isOfRankZero: true)
    (self.trace, self.folder, isTraced) = (trace, folder, options.trace != nil)
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
      try trace?.write(chromeTrace)
    } catch {
      result = .failure(error)
    }
    try StartAgreement.check(result, communication, isOfRankZero: true)
  }
}
