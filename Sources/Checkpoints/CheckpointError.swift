import Files
import Glibc

/// Why a checkpoint or a tensor file could not be read or written, in one line for people.
public struct CheckpointError: Error, Sendable, CustomStringConvertible {
  /// The kind of trouble, from which a command chooses its exit code.
  public enum Code: Sendable {
    /// The content is damaged, hostile, of another version, or not what was asked for.
    case invalid
    /// The file, folder or tensor is not there.
    case missing
    /// The operating system refused to read or to write.
    case inputOutput
  }

  /// The kind of trouble.
  public let code: Code
  /// The file or folder concerned.
  public let file: String
  /// The byte of the file at fault, if known.
  public let offset: Int?
  /// What happened, without the file's name.
  public let message: String
  /// What the reader of the line can do about it.
  public let advice: String
  /// The system's error number, if the system failed.
  let number: Int32?

  /// The system's description if the system failed, else ours.
  public var reason: String { number.map { unsafe String(cString: strerror($0)) } ?? message }

  /// Whether there is no room for more files or bytes, which may be temporary.
  public var isLackOfRoom: Bool { [ENOSPC, EDQUOT, EMLINK].contains(number) }

  /// The whole line: file, place, what happened, what to do.
  public var description: String {
    let place = offset.map { " at byte \($0)" } ?? ""
    return "\(Self.printable(file))\(place): \(message); \(advice)"
  }

  init(
    _ code: Code, _ file: String, at offset: Int? = nil, _ message: String, advice: String,
    number: Int32? = nil
  ) {
    self.code = code
    self.file = file
    self.offset = offset
    self.message = message
    self.advice = advice
    self.number = number
  }

  /// Text from a file, made to fit one line: no control characters, at most 240 characters.
  static func printable(_ text: String) -> String {
    let short = text.count > 240 ? text.prefix(240) + "…" : text[...]
    return String(
      short.unicodeScalars.map { scalar in
        scalar.properties.generalCategory == .control ? "\u{FFFD}" : Character(scalar)
      })
  }
}

extension CheckpointError {
  /// A damaged file that another copy has to replace.
  static func damaged(_ file: String, at offset: Int? = nil, _ message: String) -> Self {
    Self(.invalid, file, at: offset, message, advice: "use another copy or an older checkpoint")
  }
}

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
