import Synchronization

extension CheckpointStore {
  private static let replaced = ".replaced"

  /// Gives the finished folder `draft` the name of `step`, in place of one that is there.
  ///
  /// A folder cannot be renamed onto a full one, so the former one steps aside for a moment. A
  /// crash in that moment is put right by ``sweepTemporaries()``.
  ///
  /// - Returns: where the former one lies now, if there was one, for ``settle(step:aside:reporting:)``.
  func publish(_ draft: String, step: Int) throws(CheckpointError) -> String? {
    let final = path(of: step)
    let aside = temporary(Self.folderName(step) + Self.replaced)
    let replaces = try disk.exists(final)
    if replaces {
      if try disk.exists(aside) { try disk.removeFolder(aside) }
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

  /// Brings a name that was given by ``publish(_:step:)`` to the medium and removes the folder `aside`.
  ///
  /// The new checkpoint is valid even where the former one stays: `reporting` hears of that.
  func settle(
    step: Int, aside: String?, reporting: (String) -> Void
  ) throws(CheckpointError) {
    try disk.syncFolder(directory)
    verified.withLock { _ = $0.insert(step) }
    guard let aside else { return }
    do {
      try disk.removeFolder(aside)
    } catch {
      reporting("the replaced checkpoint of step \(step) could not be removed: \(error)")
    }
  }

  /// Removes what a crash has left under temporary names; call it before the first save.
  ///
  /// A checkpoint that a crash caught while it was being replaced gets its name back.
  ///
  /// - Returns: the names that were swept, for a line in the log.
  /// - Precondition: no draft of this store is in use.
  /// - Throws: ``CheckpointError`` `.inputOutput`.
  @discardableResult
  public func sweepTemporaries() throws(CheckpointError) -> [String] {
    let names = try temporaries()
    for name in names {
      let path = "\(directory)/\(name)"
      if name == Self.temporaryLink {
        try disk.removeFile(path)
      } else if let original = try originalName(of: name) {
        try disk.rename(path, to: "\(directory)/\(original)")
      } else {
        try disk.removeFolder(path)
      }
    }
    if !names.isEmpty { try disk.syncFolder(directory) }
    return names
  }

  /// The names of what a save under way, or one that was cut off, has in the folder, sorted.
  ///
  /// - Throws: ``CheckpointError`` `.inputOutput`.
  public func temporaries() throws(CheckpointError) -> [String] {
    guard try disk.exists(directory) else { return [] }
    return try disk.names(in: directory).filter {
      $0.hasPrefix(".step-") || $0 == Self.temporaryLink
    }.sorted()
  }

  /// The name that a sweep gives back to the temporary folder `name`; nil for one that it removes.
  ///
  /// - Throws: ``CheckpointError`` `.inputOutput`.
  public func originalName(of name: String) throws(CheckpointError) -> String? {
    guard name.hasSuffix(Self.replaced) else { return nil }
    let original = String(name.dropFirst().dropLast(Self.replaced.count))
    return try disk.exists("\(directory)/\(original)") ? nil : original
  }
}
