import Foundation

/// What is known of the terminal that a person sees.
public enum Terminal {
  /// Set by the launch scripts, from their own terminal: mpirun hides ours.
  package static let variable = "GMLP_TRAIN_TERMINAL"

  /// Goes back to the beginning of the line and erases it.
  public static let erasure = "\r\u{1B}[K"

  /// The number of columns if it is unknown.
  private static let usualColumns = 80
  /// The number of rows if it is unknown.
  private static let usualRows = 24

  /// Whether progress is a line that is written over.
  ///
  /// - Parameters:
  ///   - style: what was asked for.
  ///   - hasLauncher: whether standard output belongs to a launcher.
  ///   - descriptor: where progress is written to.
  /// - Returns: whether it is.
  public static func isLive(
    _ style: ProgressStyle, hasLauncher: Bool, descriptor: Int32
  ) -> Bool {
    switch style {
    case .live: return true
    case .plain: return false
    case .auto:
      if let value = ProcessInfo.processInfo.environment[variable] { return value == "1" }
      // It cannot erase what it has written.
      if ProcessInfo.processInfo.environment["TERM"] == "dumb" { return false }
      return !hasLauncher && isatty(descriptor) == 1
    }
  }

  /// Whether progress on standard output is a line that is written over.
  package static func isLive(_ style: ProgressStyle, hasLauncher: Bool) -> Bool {
    isLive(style, hasLauncher: hasLauncher, descriptor: STDOUT_FILENO)
  }

  /// Whether words may be coloured that are written to `descriptor`: on a terminal that has colours, unless people
  /// want none.
  ///
  /// - Note: Source: no-color.org.
  public static func hasColours(hasLauncher: Bool, descriptor: Int32) -> Bool {
    // The terminal of a rank is mpirun's, whose own output may be a file.
    !hasLauncher
      && hasColours(descriptor: descriptor, environment: ProcessInfo.processInfo.environment)
  }

  /// The same with these variables.
  static func hasColours(descriptor: Int32, environment: [String: String]) -> Bool {
    guard environment["NO_COLOR", default: ""].isEmpty else { return false }
    return environment["TERM"] != "dumb" && isatty(descriptor) == 1
  }

  /// Replaces the live line by as much of `text` as fits into one line now.
  ///
  /// A line that is wrapped cannot be erased. So the width is asked for each time, for people change it,
  /// and the last column stays free, for some terminals wrap behind it.
  ///
  /// - Parameters:
  ///   - text: the line.
  ///   - descriptor: where it is written to.
  /// - Returns: the bytes to write, as text.
  public static func liveLine(_ text: String, on descriptor: Int32) -> String {
    erasure + fitting(text, columns: columns(of: descriptor) - 1)
  }

  /// The rows of the terminal behind `descriptor`.
  public static func rows(of descriptor: Int32) -> Int {
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else {
      return usualRows
    }
    return Int(size.ws_row)
  }

  /// The columns of the terminal behind `descriptor`, else of that which controls this process: mpirun
  /// gives its ranks pipes.
  package static func columns(of descriptor: Int32) -> Int {
    if let columns = size(of: descriptor) { return columns }
    let terminal = unsafe open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
    if terminal >= 0 {
      defer { close(terminal) }
      if let columns = size(of: terminal) { return columns }
    }
    let variable = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 0
    return variable > 0 ? variable : usualColumns
  }

  private static func size(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }

  /// `text` in exactly so many columns: with blanks behind it, or cut off with an ellipsis.
  ///
  /// What moves the cursor is left out.
  public static func cell(_ text: String, columns: Int) -> String {
    var shown = fitting(text, columns: .max)
    if width(of: shown) > columns { shown = fitting(shown, columns: columns - 1) + "…" }
    return shown + String(repeating: " ", count: max(0, columns - width(of: shown)))
  }

  /// The columns that `text` takes.
  private static func width(of text: String) -> Int {
    text.reduce(0) { $0 + $1.columns }
  }

  /// The longest beginning of `text` that takes at most `columns` columns; what moves the cursor is left out.
  static func fitting(_ text: String, columns: Int) -> String {
    var (beginning, used) = ("", 0)
    for character in text where !character.movesCursor {
      used += character.columns
      if used > columns { break }
      beginning.append(character)
    }
    return beginning
  }
}

extension Character {
  fileprivate var movesCursor: Bool {
    unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  /// The columns that a terminal gives the character: two to wide ones, none to marks alone.
  fileprivate var columns: Int {
    if unicodeScalars.contains(where: \.isWide) { return 2 }
    return unicodeScalars.allSatisfy(\.takesNoColumn) ? 0 : 1
  }
}

extension Unicode.Scalar {
  fileprivate var takesNoColumn: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: true
    default: false
    }
  }

  /// Whether it is wide or full-width, or shown as an emoji.
  ///
  /// - Note: Source: Unicode Standard Annex 11, East Asian Width; its blocks in whole.
  fileprivate var isWide: Bool {
    let blocks: [ClosedRange<UInt32>] = [
      0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
      0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
      0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F1E6...0x1F1FF,
      0x1F200...0x1F2FF, 0x20000...0x3FFFD,
    ]
    return properties.isEmojiPresentation || value == 0xFE0F
      || blocks.contains { $0.contains(value) }
  }
}
