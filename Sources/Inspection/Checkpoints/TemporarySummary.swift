package import Checkpoints

/// What a save that was cut off, or one in progress, has left in a folder of checkpoints.
public struct TemporarySummary: Sendable, Encodable {
  /// The name in the folder.
  public let name: String
  /// The length of its files.
  public let bytes: Int
  /// The name that a sweep gives back to it; nil for one that a sweep removes.
  public let originalName: String?

  package static func all(in store: CheckpointStore) throws -> [TemporarySummary] {
    try store.temporaries().compactMap { name in
      // A save in progress may have given it its final name by now.
      guard let bytes = try RunCheckpoints.bytes(at: "\(store.directory)/\(name)") else {
        return nil
      }
      return TemporarySummary(
        name: name, bytes: bytes, originalName: try store.originalName(of: name))
    }
  }
}
