import Glibc

/// Why a checkpoint or a file of tensors could not be read or written, as one line for people.
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
  /// The byte of the file where the trouble lies, where one can be named.
  public let offset: Int?
  /// What happened, without the file's name.
  public let message: String
  /// What the reader of the line can do about it.
  public let advice: String
  /// What the system said, where it was the system.
  let number: Int32?

  /// What happened in the system's words where it was the system, else in ours.
  public var reason: String { number.map { unsafe String(cString: strerror($0)) } ?? message }

  /// Whether there is no room for more files or bytes, which may pass by itself.
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

  /// Text from a file made fit for one line: no control characters and at most 240 characters.
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
