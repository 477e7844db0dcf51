/// The kinds of operations by which a checkpoint gets to the disk, for the injection of faults.
public enum DiskOperation: String, CaseIterable, Sendable {
  /// A file of a checkpoint is created.
  case create
  /// A part of a file is written.
  case write
  /// A file is brought to the medium.
  case sync
  /// A folder is made.
  case makeFolder = "make-folder"
  /// A folder or link gets its final name, or a former one steps aside.
  case rename
  /// The link to the best checkpoint is made.
  case link
  /// A file is removed.
  case remove
  /// An empty folder is removed.
  case removeFolder = "remove-folder"
  /// Names in a folder are brought to the medium.
  case syncFolder = "sync-folder"
}

/// What is made to happen in an operation's place.
public enum DiskFault: Sendable, Equatable {
  /// The system call fails with this error number.
  case error(Int32)
  /// The call writes less than it was asked to.
  case shortWrite
  /// The call is left out although it is said to have been made.
  case skip
  /// A file is brought to the medium only after its folder has its final name.
  case late
  /// The machine loses its power, and with it what is not on the medium; names may survive.
  case powerLoss(keepsNames: Bool)
}

extension Disk.Operation {
  /// Which kind of operation it is, and the path that it is about.
  var kind: (DiskOperation, path: String) {
    switch self {
    case .createFile(let path): (.create, path)
    case .write(let path): (.write, path)
    case .syncFile(let path): (.sync, path)
    case .makeFolder(let path): (.makeFolder, path)
    case .rename(_, let path): (.rename, path)
    case .link(let path): (.link, path)
    case .removeFile(let path): (.remove, path)
    case .removeFolder(let path): (.removeFolder, path)
    case .syncFolder(let path): (.syncFolder, path)
    }
  }
}
