import Glibc
import Synchronization

extension CheckpointStore {
  private static let replaced = ".replaced"
  private static let removed = ".removed"

  /// Gives the finished folder `draft` the name of `step`, in place of one that is there.
  ///
  /// A folder cannot be renamed onto a full one, so the old one is moved aside for a moment. A
  /// crash in that moment is repaired by ``sweepTemporaries(reporting:)``.
  ///
  /// - Returns: the new path of the former one, if there was one, for ``settle(step:aside:reporting:)``.
  func publish(
    _ draft: String, step: Int, reporting: (String) -> Void
  ) throws(CheckpointError) -> String? {
    let final = path(of: step)
    let aside = temporary(Self.folderName(step) + Self.replaced)
    let replaces = try disk.exists(final)
    if replaces {
      if try disk.exists(aside) { try discard(aside, reporting: reporting) }
      try disk.rename(final, to: aside)
    }
    do {
      try disk.rename(draft, to: final)
    } catch {
      if replaces { try disk.rename(aside, to: final) }
      throw error
    }
    return replaces ? aside : nil
  }

  /// Syncs the name given by ``publish(_:step:reporting:)`` and removes the folder
  /// `aside`.
  ///
  /// The new checkpoint is valid even if the old one stays, which is reported.
  func settle(
    step: Int, aside: String?, reporting: (String) -> Void
  ) throws(CheckpointError) {
    try disk.syncFolder(directory)
    verified.withLock { _ = $0.insert(step) }
    guard let aside else { return }
    do {
      try discard(aside, reporting: reporting)
    } catch {
      reporting("the replaced checkpoint of step \(step) could not be removed: \(error)")
    }
  }

  /// Removes the folder `path` of this store under a name that no sweep gives back.
  ///
  /// A crash may leave a part of it, which the next sweep removes. So may a failure, which is reported;
  /// nothing depends on that part.
  ///
  /// - Throws: ``CheckpointError`` `.inputOutput` if it cannot be renamed; then it is untouched.
  func discard(_ path: String, reporting: (String) -> Void) throws(CheckpointError) {
    let name = path.split(separator: "/").last.map { $0.drop { $0 == "." } } ?? ""
    var doomed = temporary(name + Self.removed)
    var number = 1
    while try disk.exists(doomed) {
      doomed = temporary("\(name)\(Self.removed)-\(number)")
      number += 1
    }
    try disk.rename(path, to: doomed)
    do {
      try disk.syncFolder(directory)
      try disk.removeTree(doomed)
    } catch {
      reporting("\(doomed) could not be removed: \(error)")
    }
  }

  /// Removes what a crash has left under temporary names; call it before the first save.
  ///
  /// A checkpoint that was being replaced during a crash gets its name back.
  ///
  /// - Parameter reporting: receives a line for each that stays because the system refuses: checkpoints do
  ///   not depend on it.
  /// - Returns: the names that were swept, for a line in the log.
  /// - Precondition: no draft of this store is in use.
  /// - Throws: ``CheckpointError`` `.inputOutput` if the folder cannot be listed.
  @discardableResult
  public func sweepTemporaries(reporting: (String) -> Void) throws(CheckpointError) -> [String] {
    let names = try temporaries()
    var swept: [String] = []
    for name in names {
      let path = "\(directory)/\(name)"
      do {
        if let original = try originalName(of: name) {
          try disk.rename(path, to: "\(directory)/\(original)")
        } else {
          try disk.removeTree(path)
        }
        swept.append(name)
      } catch {
        reporting("\(path), left by a save that was cut off, could not be removed: \(error)")
      }
    }
    if swept.isEmpty { return [] }
    do {
      try disk.syncFolder(directory)
    } catch {
      reporting("\(error)")
    }
    return swept
  }

  /// The temporary names in the folder, of an active or interrupted save, sorted.
  ///
  /// - Throws: ``CheckpointError`` `.inputOutput`.
  public func temporaries() throws(CheckpointError) -> [String] {
    guard try disk.exists(directory) else { return [] }
    let links = WeightsKind.allCases.map(\.temporaryLink)
    return try disk.names(in: directory).filter {
      $0.hasPrefix(".step-") || links.contains($0)
    }.sorted()
  }

  /// The name that a sweep restores for the temporary folder `name`; nil for one that it removes.
  ///
  /// It restores complete checkpoints only, not the rest of one that was being removed.
  ///
  /// - Throws: ``CheckpointError`` `.inputOutput`.
  public func originalName(of name: String) throws(CheckpointError) -> String? {
    guard name.hasSuffix(Self.replaced) else { return nil }
    let original = String(name.dropFirst().dropLast(Self.replaced.count))
    guard let step = Self.step(ofFolder: original),
      try !disk.exists("\(directory)/\(original)")
    else { return nil }
    do {
      let state = try Checkpoint.glance(at: "\(directory)/\(name)")
      return state.step == step ? original : nil
    } catch  where error.code != .inputOutput {
      return nil
    }
  }

  /// Tests whether a checkpoint could be saved: creates a folder with files in it, and removes all.
  ///
  /// So missing permissions are found before the first step and not after the last.
  ///
  /// - Throws: ``CheckpointError``: `.missing` or `.inputOutput`; one for which ``CheckpointError/isLackOfRoom``
  ///   holds says nothing final: there may be room again by the first save.
  public func tryToSave() throws(CheckpointError) {
    let isNew = try disk.makeFolder(directory)
    let trial = Result { () throws(CheckpointError) in try makeProbe() }
    let removal = Result { () throws(CheckpointError) in
      if isNew { try disk.removeFolder(directory) }
    }
    try trial.get()
    try removal.get()
  }

  /// The files that a save has open at once: weights, what the optimizer keeps, averages, and the state or a folder.
  private static let openFiles = 4

  /// Makes a folder with as many files in it as a save has open, and removes all.
  ///
  /// Nothing is listed to remove it: where no file can be opened, no folder can be either.
  ///
  /// - Throws: ``CheckpointError``; then too the folder is gone again.
  private func makeProbe() throws(CheckpointError) {
    let probe = temporary("\(Self.folderName(0)).probe-\(getpid())")
    let paths = (0..<Self.openFiles).map { "\(probe)/\($0)" }
    _ = try disk.makeFolder(probe)
    let trial = Result { () throws(CheckpointError) in
      var files: [OpenFile] = []
      for path in paths { files.append(try OpenFile(creating: path, on: disk)) }
      for file in files { try file.close() }
    }
    let removal = Result { () throws(CheckpointError) in
      for path in paths {
        if try disk.exists(path) { try disk.removeFile(path) }
      }
      try disk.removeFolder(probe)
    }
    try trial.get()
    try removal.get()
  }
}
