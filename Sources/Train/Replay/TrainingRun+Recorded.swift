import Checkpoints
import Comm
import Configuration

extension TrainingRun {
  /// The configuration of the checkpoint from which a run will go on, on all ranks; nil for a new run.
  ///
  /// What a configuration leaves to the processor was decided when the run began, perhaps on another one.
  ///
  /// - Throws: `CommandError` on all ranks alike, or `MPIError`.
  static func recordedConfiguration(
    _ options: TrainingOptions, _ communication: CommunicationThread
  ) throws -> TrainingConfiguration? {
    let found = CommandError.catching {
      communication.rank == 0 ? try newestReadable(options)?.toml : nil
    }
    let own = try StartAgreement.agree(on: found, communication) ?? ""
    let told = try communication.perform { try $0.broadcast(Array(own.utf8), from: 0) }
    if told.isEmpty { return nil }
    var recorded = TrainingConfiguration()
    try recorded.apply(toml: String(decoding: told, as: UTF8.self), from: "the checkpoint")
    return recorded
  }

  /// That of the newest checkpoint that can be read; what cannot be is told where the run needs it.
  private static func newestReadable(_ options: TrainingOptions) throws -> TrainingConfiguration? {
    var folders: [String] = []
    if try options.resume == .auto || Restart().hasBegun(options.runDirectory) {
      let store = CheckpointStore(directory: "\(options.runDirectory)/checkpoints")
      do throws(CheckpointError) {
        folders = try store.steps().map(store.path(of:))
      } catch {
        return nil
      }
    }
    if case .from(let folder) = options.resume { folders.append(folder) }
    for folder in folders {
      let state: CheckpointState
      do throws(CheckpointError) {
        state = try Checkpoint.glance(at: folder)
      } catch {
        continue
      }
      return try state.trainingConfiguration(in: folder)
    }
    return nil
  }
}
