import Synchronization

/// A checkpoint in the making: a folder under a temporary name that no reader looks at.
///
/// It becomes a checkpoint atomically in ``commit(_:reporting:)``. A draft that is given up is
/// removed by ``discard()``, or by the next ``CheckpointStore/sweepTemporaries(reporting:)``.
public final class CheckpointDraft: Sendable {
  /// The step whose weights it will hold.
  public let step: Int
  /// The temporary folder.
  public let directory: String

  private let store: CheckpointStore
  /// Whether the folder has its final name.
  private let isPublished = Atomic(false)
  private let writers = Mutex<[String: SafeTensorsWriter]>([:])

  init(step: Int, directory: String, store: CheckpointStore) {
    self.step = step
    self.directory = directory
    self.store = store
  }

  /// Creates the file `name` of the checkpoint.
  ///
  /// - Precondition: `name` is a plain file name, new to this draft.
  /// - Throws: ``CheckpointError`` as ``SafeTensorsWriter/init(path:tensors:metadata:)``.
  public func writer(
    _ name: String, tensors: [(name: String, shape: [Int])], metadata: [String: String] = [:]
  ) throws(CheckpointError) -> SafeTensorsWriter {
    precondition(
      !name.isEmpty && !name.hasPrefix(".") && !name.contains("/") && name != Checkpoint.stateFile,
      "\(name) cannot be a file of a checkpoint")
    let writer = try SafeTensorsWriter(
      path: "\(directory)/\(name)", tensors: tensors, metadata: metadata, on: store.disk)
    writers.withLock { writers in
      let former = writers.updateValue(writer, forKey: name)
      precondition(former == nil, "\(name) is written twice in one checkpoint")
    }
    return writer
  }

  /// Finishes all files, writes `state.json` and gives the folder its final name.
  ///
  /// A checkpoint of the same step is replaced. If this throws, what was there before is still
  /// valid, or the new one has its name but may not be synced; a later
  /// save starts from the beginning.
  ///
  /// - Parameters:
  ///   - state: the state; its `files` are filled in here.
  ///   - reporting: receives a line if the replaced checkpoint could not be removed.
  /// - Returns: the checkpoint under its final name.
  /// - Precondition: `state.step` is this draft's step.
  /// - Throws: ``CheckpointError`` `.inputOutput`, or `.invalid` for a file with an unwritten
  ///   element.
  public func commit(
    _ state: CheckpointState, reporting: (String) -> Void
  ) throws(CheckpointError) -> Checkpoint {
    precondition(state.step == step, "state of step \(state.step) in a draft of step \(step)")
    var state = state
    state.files = [:]
    let writers = writers.withLock { $0 }
    for (name, writer) in writers.sorted(by: { $0.key < $1.key }) {
      state.files[name] = try writer.finish()
    }
    let file = try OpenFile(creating: "\(directory)/\(Checkpoint.stateFile)", on: store.disk)
    try file.write(state.encoded().span, at: 0)
    try file.sync()
    try file.close()
    try store.disk.syncFolder(directory)
    let aside = try store.publish(directory, step: step, reporting: reporting)
    isPublished.store(true, ordering: .releasing)
    try store.settle(step: step, aside: aside, reporting: reporting)
    return Checkpoint(directory: store.path(of: step), state: state)
  }

  /// Removes the temporary folder after a failure; after the folder got its final name nothing is left.
  ///
  /// - Precondition: no writer is kept or used afterwards.
  /// - Throws: ``CheckpointError`` `.inputOutput`.
  public func discard() throws(CheckpointError) {
    // An open file keeps its space even when it is removed.
    writers.withLock { $0 = [:] }
    if isPublished.load(ordering: .acquiring) { return }
    try store.disk.removeTree(directory)
  }
}
