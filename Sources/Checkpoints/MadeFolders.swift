/// Folders that a start has made, so that it can take them back where it is refused.
public struct MadeFolders: Sendable {
  /// Those that were not there before, the innermost first.
  public private(set) var paths: [String] = []
  private let disk: Disk

  /// Makes the folder `path`, with all that it lies in, and brings their names to the medium.
  ///
  /// - Throws: ``CheckpointError``; then nothing is left of what was made.
  public init(_ path: String) throws(CheckpointError) {
    try self.init(path, on: Disk())
  }

  /// Makes the folder on `disk`; `earlier` ones, if they are there, count as made too.
  init(
    _ path: String, on disk: Disk, after earlier: MadeFolders? = nil
  ) throws(CheckpointError) {
    self.disk = disk
    var made: [String] = []
    do {
      try disk.makeFolders(path) { made.insert($0, at: 0) }
    } catch {
      paths = made
      removeIfEmpty()
      throw error
    }
    let others = earlier.map { $0.paths.filter { !made.contains($0) } } ?? []
    paths = made + others
  }

  /// Removes them again, from the inside out, up to the first that holds something.
  public func removeIfEmpty() {
    for path in paths {
      do {
        try disk.removeFolder(path)
      } catch {
        // What another process has in it stays.
        if error.code != .missing { return }
      }
    }
  }
}
