import Files
import Glibc

extension CheckpointError {
  /// The failure of a call of the operating system on `file` with the error number `number`.
  init(call: String, file: String, number: Int32) {
    let text = unsafe String(cString: strerror(number))
    let missing = number == ENOENT || number == ENOTDIR
    self.init(
      missing ? .missing : .inputOutput, file, "\(call) failed: \(text)",
      advice: Self.advice(for: number), number: number)
  }

  /// The failure of a call of the operating system.
  init(_ error: SystemCallError) {
    self.init(call: error.call, file: error.path, number: error.number)
  }

  /// A link that cannot be followed.
  init(_ error: LinkError) {
    switch error {
    case .failed(let error): self.init(error)
    case .notUTF8(let link, let target):
      self.init(
        .invalid, link, "the link leads to a name that is not UTF-8 ('\(escaped(target))')",
        advice: "name it otherwise")
    }
  }

  /// Too little room in the file system for a file of `needed` bytes.
  static func noSpace(_ file: String, needed: Int, available: Int) -> Self {
    Self(
      .inputOutput, file, "\(needed) bytes needed, \(available) free",
      advice: advice(for: ENOSPC), number: ENOSPC)
  }

  private static func advice(for number: Int32) -> String {
    switch number {
    case ENOENT, ENOTDIR: "check the path"
    case ENOSPC, EDQUOT: "free some space there, older checkpoints are untouched"
    case EFBIG: "raise the limit on the size of files (ulimit -f), older checkpoints are untouched"
    case EMFILE: "raise the limit on open files (ulimit -n), older checkpoints are untouched"
    case EACCES, EPERM, EROFS: "make it accessible or choose another run directory"
    default: "check the disk, older checkpoints are untouched"
    }
  }
}
