import Files
import Glibc

/// A checkpoint on disk whose files match their digests.
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
    try refuseOther(directory)
    let state = try CheckpointState(in: directory)
    for (name, expected) in state.files.sorted(by: { $0.key < $1.key }) {
      // The length first: a truncated file need not be read.
      let path = try checkLength(of: name, expected, in: directory)
      guard try FileRecord(reading: path) == expected else {
        throw .damaged(path, "the file's digest is not the one in \(stateFile)")
      }
    }
    return Checkpoint(directory: directory, state: state)
  }

  /// Reads the checkpoint in `directory`, except its tensors.
  ///
  /// The state's own digest, the lengths of the files and their headers are checked. A damaged
  /// tensor is not found: only ``open(_:)`` says that a checkpoint is valid.
  ///
  /// - Returns: what `state.json` says.
  /// - Throws: ``CheckpointError`` as ``open(_:)``, and `.invalid` for a damaged header.
  public static func glance(at directory: String) throws(CheckpointError) -> CheckpointState {
    try refuseOther(directory)
    let state = try CheckpointState(in: directory)
    for (name, expected) in state.files.sorted(by: { $0.key < $1.key }) {
      _ = try SafeTensorsFile(path: try checkLength(of: name, expected, in: directory))
    }
    return state
  }

  /// A file, a run, or all checkpoints of one in place of a checkpoint's folder are reported by their kind.
  private static func refuseOther(_ path: String) throws(CheckpointError) {
    var status = stat()
    if unsafe stat("\(path)/checkpoints", &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw CheckpointError(
        .invalid, path, "this is the directory of a run, not a checkpoint",
        advice: "name one of its checkpoints, as in \(path)/checkpoints/best")
    }
    guard unsafe stat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR { return try refuseStore(path) }
    guard status.st_mode & S_IFMT == S_IFREG else { return }
    let file = try OpenFile(reading: path)
    var start = [UInt8](repeating: 0, count: min(try file.length(), FileKind.prefixBytes))
    var span = start.mutableSpan
    try file.read(at: 0, into: &span)
    throw CheckpointError(
      .invalid, path, "this is \(FileKind(of: start)?.name ?? "a file"), not a checkpoint",
      advice: "name the checkpoint's folder")
  }

  private static func refuseStore(_ path: String) throws(CheckpointError) {
    var status = stat()
    if unsafe stat("\(path)/\(stateFile)", &status) == 0 { return }
    let store = CheckpointStore(directory: SystemPath.withoutSlashes(path))
    guard let newest = try store.steps().first else { return }
    throw CheckpointError(
      .invalid, store.directory, "holds the checkpoints of a run and is none itself",
      advice: "name one of them, as in \(store.path(of: newest))")
  }

  /// The most bytes that Linux allows a file's name.
  private static let longestName = 255

  /// The path of the file `name`, whose length is the one in the state.
  private static func checkLength(
    of name: String, _ expected: FileRecord, in directory: String
  ) throws(CheckpointError) -> String {
    let bytes = name.utf8
    // A zero byte would end the name, and the system reports a longer one as a disk error.
    guard !name.isEmpty, !name.hasPrefix("."), !bytes.contains(UInt8(ascii: "/")),
      !bytes.contains(0), bytes.count <= longestName
    else {
      throw .damaged("\(directory)/\(stateFile)", "a file is listed that cannot be in the folder")
    }
    let path = "\(directory)/\(name)"
    let length = try OpenFile(reading: path).length()
    guard length == expected.bytes else {
      throw .damaged(
        path, at: min(length, expected.bytes),
        "the file has \(length) bytes instead of \(expected.bytes)")
    }
    return path
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
