internal import Checkpoints
internal import Comm
internal import Model

extension TrainingRun {
  /// The configuration with the precision of the run that is resumed, where the file leaves it to the processor.
  ///
  /// The ranks may have been started differently, which is told later; so all of them take part.
  ///
  /// - Throws: ``StartError`` on all ranks alike, or `MPIError`.
  static func keepingPrecision(
    _ configuration: TrainingConfiguration, _ options: TrainingOptions,
    _ communication: CommunicationThread
  ) throws -> TrainingConfiguration {
    let isAutomatic = configuration.train.precisionChoice.isAutomatic
    let found = StartError.catching {
      communication.rank == 0 && isAutomatic ? try recordedPrecision(options) : nil
    }
    let own = try StartAgreement.agree(on: found, communication)?.rawValue ?? ""
    let told = try communication.perform { try $0.broadcast(Array(own.utf8), from: 0) }
    guard isAutomatic, let recorded = Precision(rawValue: String(decoding: told, as: UTF8.self))
    else { return configuration }
    var result = configuration
    result.train.precision = recorded
    return result
  }

  /// The precision in the newest checkpoint that can be read; nil for a new run.
  private static func recordedPrecision(_ options: TrainingOptions) throws -> Precision? {
    var folders: [String] = []
    if try options.resume == .auto || Restart().hasBegun(options.runDirectory) {
      let store = CheckpointStore(directory: "\(options.runDirectory)/checkpoints")
      folders = try store.steps().map(store.path(of:))
    }
    if case .from(let folder) = options.resume { folders.append(folder) }
    for folder in folders {
      let state: CheckpointState
      do throws(CheckpointError) {
        state = try Checkpoint.glance(at: folder)
      } catch {
        // The resume tells of it, and takes an older one.
        continue
      }
      var configuration = TrainingConfiguration()
      try configuration.apply(toml: state.configuration, from: "\(folder)/state.json")
      return configuration.train.precision
    }
    return nil
  }
}
