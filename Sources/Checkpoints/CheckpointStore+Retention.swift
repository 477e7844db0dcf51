import Synchronization

extension CheckpointStore {
  private static let bestLink = "best"
  static let temporaryLink = ".best.link"

  /// Removes old checkpoints.
  ///
  /// The newest `keep` valid ones stay, and so does the best. Every older folder goes, but only
  /// after those that stay were written by this process, or read and found right. A damaged folder counts for nothing
  /// and stays while it is newer than the last one kept, for people to look at.
  ///
  /// - Parameters:
  ///   - keep: how many stay; never fewer than two do.
  ///   - reporting: receives a line for each damaged folder found.
  /// - Returns: the steps that were removed.
  /// - Throws: ``CheckpointError`` `.inputOutput`.
  @discardableResult
  public func prune(
    keep: Int, reporting: (String) -> Void
  ) throws(CheckpointError) -> [Int] {
    let superfluous = try superfluousSteps(keep: keep, reporting: reporting)
    for step in superfluous { try remove(step) }
    if !superfluous.isEmpty { try disk.syncFolder(directory) }
    return superfluous
  }

  /// Says what ``prune(keep:reporting:)`` would remove, and removes nothing.
  ///
  /// - Parameters:
  ///   - keep: how many stay; never fewer than two do.
  ///   - reporting: receives a line for each damaged folder found.
  /// - Returns: the steps, newest first.
  /// - Throws: ``CheckpointError`` `.inputOutput`.
  public func superfluousSteps(
    keep: Int, reporting: (String) -> Void
  ) throws(CheckpointError) -> [Int] {
    let best = try bestStep()
    var kept = 0
    var superfluous: [Int] = []
    for step in try steps() {
      if kept < max(keep, 2) {
        if isVerified(step, reporting) { kept += 1 }
      } else if step != best {
        superfluous.append(step)
      }
    }
    return superfluous
  }

  /// Points the link `best` at the checkpoint of `step`, at once and as a whole.
  ///
  /// - Throws: ``CheckpointError``: `.missing` if there is no such checkpoint, or `.inputOutput`.
  public func markBest(step: Int) throws(CheckpointError) {
    guard try disk.exists(path(of: step)) else {
      throw CheckpointError(
        .missing, path(of: step), "there is no checkpoint to be marked as the best",
        advice: "save it first")
    }
    let temporary = "\(directory)/\(Self.temporaryLink)"
    if try disk.exists(temporary) { try disk.removeFile(temporary) }
    try disk.link(temporary, to: Self.folderName(step))
    try disk.rename(temporary, to: "\(directory)/\(Self.bestLink)")
    try disk.syncFolder(directory)
  }

  /// The step that the link `best` points at; nil if there is no such link.
  ///
  /// - Throws: ``CheckpointError`` `.inputOutput`.
  public func bestStep() throws(CheckpointError) -> Int? {
    guard let name = try disk.destination(ofLink: "\(directory)/\(Self.bestLink)") else {
      return nil
    }
    return Self.step(ofFolder: name)
  }

  private func isVerified(_ step: Int, _ reporting: (String) -> Void) -> Bool {
    if verified.withLock({ $0.contains(step) }) { return true }
    do {
      _ = try open(step: step)
      return true
    } catch {
      reporting("checkpoint \(Self.folderName(step)) is not counted: \(error)")
      return false
    }
  }

  /// Renamed first: a folder half removed by a crash must not look like a checkpoint.
  private func remove(_ step: Int) throws(CheckpointError) {
    let removed = temporary(Self.folderName(step) + ".removed")
    if try disk.exists(removed) { try disk.removeFolder(removed) }
    try disk.rename(path(of: step), to: removed)
    try disk.syncFolder(directory)
    verified.withLock { _ = $0.remove(step) }
    try disk.removeFolder(removed)
  }
}
