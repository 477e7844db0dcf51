/// A checkpoint on the disk whose files have been found to match their digests.
public struct Checkpoint: Sendable {
  /// The name of the file that describes the others.
  public static let stateFile = "state.json"

  /// The folder.
  public let directory: String
  /// What `state.json` says.
  public let state: CheckpointState

  /// Opens the checkpoint in the folder `directory` after reading every file of it.
  ///
  /// - Throws: ``CheckpointError``: `.missing` if folder or file is absent, `.invalid` if a length
  ///   or digest differs or the format has another version, `.inputOutput` if reading fails.
  public static func open(_ directory: String) throws(CheckpointError) -> Checkpoint {
    let state = try CheckpointState(readingFile: "\(directory)/\(stateFile)")
    for (name, expected) in state.files.sorted(by: { $0.key < $1.key }) {
      guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/") else {
        throw .damaged("\(directory)/\(stateFile)", "a file is listed outside of the folder")
      }
      let path = "\(directory)/\(name)"
      // The length first: a truncated file need not be read.
      let length = try OpenFile(reading: path).length()
      guard length == expected.bytes else {
        throw .damaged(
          path, at: min(length, expected.bytes),
          "the file has \(length) bytes instead of \(expected.bytes)")
      }
      guard try FileRecord(reading: path) == expected else {
        throw .damaged(path, "the file's digest is not the one in \(stateFile)")
      }
    }
    return Checkpoint(directory: directory, state: state)
  }

  /// Opens the file `name` of this checkpoint, for example `model.safetensors`.
  ///
  /// - Throws: ``CheckpointError`` as ``SafeTensorsFile/init(path:)``, and `.missing` if the
  ///   checkpoint has no such file.
  public func file(_ name: String) throws(CheckpointError) -> SafeTensorsFile {
    guard state.files[name] != nil else {
      throw CheckpointError(
        .missing, directory, "the checkpoint has no \(name)",
        advice: "resume from one that was written with it")
    }
    return try SafeTensorsFile(path: "\(directory)/\(name)")
  }
}
