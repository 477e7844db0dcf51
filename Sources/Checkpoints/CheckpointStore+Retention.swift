import Files
import Synchronization

extension CheckpointStore {
  /// Removes old checkpoints.
  ///
  /// The newest `keep` valid ones stay, and so do the best, which the newest valid one names. Every older
  /// folder goes, but only after those that stay were written or verified by this process. A
  /// damaged folder does not count, and stays while it is newer than the last one kept, for people to
  /// look at.
  ///
  /// - Parameters:
  ///   - keep: how many to keep; at least two are kept.
  ///   - reporting: receives a line for each damaged folder found, and for each that the system refuses to
  ///     remove; the others are still removed.
  /// - Returns: the steps that were removed.
  /// - Throws: ``CheckpointError`` `.inputOutput` if the folder cannot be listed.
  @discardableResult
  public func prune(
    keep: Int, reporting: (String) -> Void
  ) throws(CheckpointError) -> [Int] {
    let superfluous = try superfluousSteps(keep: keep, reporting: reporting)
    return superfluous.filter { step in
      do {
        try discard(path(of: step), reporting: reporting)
        verified.withLock { _ = $0.remove(step) }
        return true
      } catch {
        reporting("the checkpoint of step \(step) could not be removed: \(error)")
        return false
      }
    }
  }

  /// Says what ``prune(keep:reporting:)`` would remove, and removes nothing.
  ///
  /// A run may save and prune meanwhile: a checkpoint that is gone by then is not reported.
  ///
  /// - Parameters:
  ///   - keep: how many to keep; at least two are kept.
  ///   - reporting: receives a line for each damaged folder found.
  /// - Returns: the steps, newest first.
  /// - Throws: ``CheckpointError`` `.inputOutput`.
  public func superfluousSteps(
    keep: Int, reporting: (String) -> Void
  ) throws(CheckpointError) -> [Int] {
    var best: Set<Int>?
    var kept = 0
    var superfluous: [Int] = []
    for step in try steps() {
      if kept < max(keep, 2) {
        guard let state = validState(step, reporting) else { continue }
        kept += 1
        if best == nil { best = try bestSteps(told: state) }
      } else if best?.contains(step) != true {
        superfluous.append(step)
      }
    }
    return superfluous
  }

  /// The step whose weights of the given kind were the best, as the newest readable state says.
  ///
  /// The link counts only if that state has no best one: it may be missing or out of date, as in a
  /// copy of the run that was made by a tool that follows links.
  ///
  /// - Returns: nil if it is not known.
  /// - Throws: ``CheckpointError`` `.inputOutput`.
  public func bestStep(of kind: WeightsKind) throws(CheckpointError) -> Int? {
    for step in try steps() {
      do {
        return try bestStep(of: kind, told: CheckpointState(in: path(of: step)))
      } catch  where error.code != .inputOutput {
        continue
      }
    }
    return nil
  }

  /// The steps that are the best of some kind of weights, as `state` or a link says.
  private func bestSteps(told state: CheckpointState) throws(CheckpointError) -> Set<Int> {
    var steps: Set<Int> = []
    for kind in WeightsKind.allCases {
      if let step = try bestStep(of: kind, told: state) { steps.insert(step) }
    }
    return steps
  }

  private func bestStep(
    of kind: WeightsKind, told state: CheckpointState
  ) throws(CheckpointError) -> Int? {
    if let step = state.bestStep(of: kind) { return step }
    return try linkedStep(of: kind)
  }

  /// Points the links at the best checkpoints that `state` names, if they do not already.
  ///
  /// They are for people and tools; nothing here depends on them.
  ///
  /// - Parameters:
  ///   - state: that of a checkpoint in this store.
  ///   - reporting: receives a line for each link that could not be made.
  public func linkBest(_ state: CheckpointState, reporting: (String) -> Void) {
    for kind in WeightsKind.allCases {
      guard let step = state.best[kind]?.step else { continue }
      do {
        guard try linkedStep(of: kind) != step, try disk.exists(path(of: step)) else { continue }
        try link(kind, to: step)
      } catch {
        if unlinkable.withLock({ $0.insert(kind).inserted }) {
          reporting(
            "the link to the best \(kind.words), step \(step), could not be made: \(error)")
        }
      }
    }
  }

  private func link(_ kind: WeightsKind, to step: Int) throws(CheckpointError) {
    let final = "\(directory)/\(kind.bestLink)"
    if try disk.exists(final), try disk.destination(ofLink: final) == nil {
      throw CheckpointError(
        .invalid, final, "something other than a link is in the way",
        advice: "remove it; nothing is lost, because the best checkpoint is recorded elsewhere")
    }
    let temporary = "\(directory)/\(kind.temporaryLink)"
    if try disk.exists(temporary) { try disk.removeFile(temporary) }
    try disk.link(temporary, to: Self.folderName(step))
    try disk.rename(temporary, to: final)
    try disk.syncFolder(directory)
  }

  /// The step that the link of the given kind points at; nil if there is no such link.
  ///
  /// - Throws: ``CheckpointError`` `.inputOutput`.
  func linkedStep(of kind: WeightsKind) throws(CheckpointError) -> Int? {
    guard let name = try disk.destination(ofLink: "\(directory)/\(kind.bestLink)") else {
      return nil
    }
    return Self.step(ofFolder: name)
  }

  /// The state of a checkpoint that this process has written or verified; nil for one that is
  /// damaged, or was removed by a run beside this process.
  private func validState(_ step: Int, _ reporting: (String) -> Void) -> CheckpointState? {
    let isVerified = verified.withLock { $0.contains(step) }
    do {
      return isVerified
        ? try CheckpointState(in: path(of: step)) : try openIfThere(step: step)?.state
    } catch {
      reporting("checkpoint \(Self.folderName(step)) is not counted: \(error)")
      return nil
    }
  }
}

extension Checkpoint {
  /// What `path` means where it names the link to the best checkpoint of a run, or a file behind that link.
  ///
  /// The run's newest state says which step is the best: the link may be missing or out of date, and a copy of
  /// the run may have a folder in its place.
  ///
  /// - Parameter path: the folder of a checkpoint, or a file in one.
  /// - Returns: the path of that step, or of the file in it; `path` itself where it names no such link, or
  ///   nothing says which step is the best.
  /// - Throws: ``CheckpointError`` `.inputOutput`; where that step is not there, what reading the state at `path`
  ///   throws.
  package static func path(meantBy path: String) throws(CheckpointError) -> String {
    if let checkpoint = try folder(ofBestAt: path) { return checkpoint }
    let name = path.split(separator: "/").last ?? ""
    guard let checkpoint = try folder(ofBestAt: SystemPath.folder(of: path)) else { return path }
    return "\(checkpoint)/\(name)"
  }

  private static func folder(ofBestAt path: String) throws(CheckpointError) -> String? {
    let name = path.split(separator: "/").last ?? ""
    guard let kind = WeightsKind.allCases.first(where: { $0.bestLink == name }) else { return nil }
    let store = CheckpointStore(directory: SystemPath.folder(of: path))
    guard let step = try store.bestStep(of: kind) else { return nil }
    let folder = store.path(of: step)
    // A copy may have it under the name of the link alone.
    if try !store.disk.exists(folder), try CheckpointState(in: path).step == step { return nil }
    return folder
  }
}
