import Files

/// Looks through a text of TOML for what the parser must not meet: it would end the whole process.
///
/// That is a table whose name does not begin as a key can, as in `[=]` or `[größe]`, a list that a
/// brace seems to close, a date or what the parser takes for the beginning of one, as in `197"-05-2`
/// (because of what may follow it), a name of so many parts that the stack would not hold its tables, and
/// characters that pass for the end of a line and are none in TOML. A zero is one too: text ends there for
/// the parser, and what follows would be dropped silently.
/// Strings, comments and values over several lines hold such things too, so they are followed. Text
/// before it that is not TOML does not matter: the parser stops there.
struct TOMLTraps {
  /// The place of a trap, and what is wrong there.
  struct Trap {
    /// Its line from 1.
    let line: Int
    /// Its place in the line from 1.
    let column: Int
    /// What is wrong and what to do.
    let message: String
  }

  private let scalars: [Unicode.Scalar]
  private var position = 0

  private init(_ text: String) {
    scalars = Array(text.unicodeScalars)
    // Some editors begin a file with this mark, and the parser leaves it out.
    if scalars.first == "\u{FEFF}" { position = 1 }
  }

  /// The first trap in `text`, if there is one.
  static func first(in text: String) -> Trap? {
    var traps = TOMLTraps(text)
    return traps.first()
  }

  private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func first() -> Trap? {
    if let zero = scalars.firstIndex(of: "\0") {
      position = zero
      return trap("a character of code 0 is here; remove it")
    }
    while true {
      skip { ["\n", "\r", "\t", " "].contains($0) }
      guard let scalar = current else { return nil }
      if scalar == "[", let trap = trapInHeader() { return trap }
      if let trap = trapInStatement() { return trap }
    }
  }

  private mutating func trapInHeader() -> Trap? {
    position += 1
    skip { $0 == " " || $0 == "\t" }
    if current == "[" {
      position += 1
      skip { $0 == " " || $0 == "\t" }
    }
    // An empty name, and a text that ends here, are refused by the parser itself.
    guard let scalar = current, !Self.beginsKey(scalar), scalar != "]" else { return nil }
    return trap(
      "the name of a table cannot begin with '\(scalar.escaped(asASCII: false))'; write letters, "
        + "digits, _ and -, or put it in quotes")
  }

  private func trap(_ message: String) -> Trap {
    let before = scalars[..<position]
    let lineStart = before.lastIndex(of: "\n").map { $0 + 1 } ?? 0
    return Trap(
      line: before.count { $0 == "\n" } + 1, column: position - lineStart + 1, message: message)
  }

  private static func beginsKey(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-", "\"", "'": true
    default: false
    }
  }

  private mutating func skip(_ isSkipped: (Unicode.Scalar) -> Bool) {
    while let scalar = current, isSkipped(scalar) { position += 1 }
  }

  private mutating func skipLine() {
    skip { $0 != "\n" }
  }

  /// More parts of a name than any key has: each is a table in the one before, and the parser gives tables back
  /// by recursion, for which the stack may not suffice.
  private static let maximumDots = 8

  /// Skips a comment, or a key with its value, up to the end of the line that it ends on.
  private mutating func trapInStatement() -> Trap? {
    var open: [Unicode.Scalar] = []
    var word = Word()
    var isValue = false
    var dots = 0
    while let scalar = current, !open.isEmpty || scalar != "\n" {
      switch scalar {
      case "#":
        skipLine()
        continue
      case "\"", "'":
        if word.isNumber {
          return trap("a quote is inside a number; put a comma before it, or remove it")
        }
        if let trap = trapInString(scalar) { return trap }
        continue
      case "}" where open.last == "[":
        return trap("a list is open where '}' stands; close it with ']'")
      case _ where !scalar.isASCII || scalar == "\u{B}" || scalar == "\u{C}":
        return trap(
          "'\(scalar.escaped(asASCII: true))' is outside quotes; put it in quotes, or "
            + "remove it")
      case "-" where word.isNumber && !word.endsInExponent:
        return trap(
          "a date, or a number with '-' inside, is here, and no key takes one; remove it, or put "
            + "it in quotes")
      case "." where dots == Self.maximumDots:
        return trap(
          "a name has more than \(Self.maximumDots + 1) parts, and no key has; remove some")
      case ".": dots += 1
      case "=": (isValue, dots) = (true, 0)
      case ",": dots = 0
      case "[", "{": open.append(scalar)
      case "]", "}": _ = open.popLast()
      default: break
      }
      // Names may begin with digits, too.
      if isValue { word.take(scalar) }
      position += 1
    }
    return nil
  }

  /// What stands before a place in a value and belongs to the same number for the parser.
  ///
  /// For it `=`, `[` and `{` are part of a number that has begun, and a quote is, too.
  private struct Word {
    private var canBegin = true
    /// Whether a digit began it.
    private(set) var isNumber = false
    /// Whether its last letter is that of an exponent.
    private(set) var endsInExponent = false

    mutating func take(_ scalar: Unicode.Scalar) {
      endsInExponent = scalar == "e" || scalar == "E"
      switch scalar {
      case " ", "\t", "\n", "\r", ",", "]", "}": self = Word()
      case "=", "[", "{": canBegin = !isNumber
      default:
        isNumber = isNumber || canBegin && ("0"..."9").contains(scalar)
        canBegin = false
      }
    }
  }

  /// Skips a string that begins here with `quote`, once or three times.
  private mutating func trapInString(_ quote: Unicode.Scalar) -> Trap? {
    let isLong = scalars[position...].starts(with: [quote, quote, quote])
    position += isLong ? 3 : 1
    while let scalar = current, isLong || scalar != "\n" {
      if scalar == "\\" && quote == "\"" {
        if isAtEscapedZero {
          return trap("a character of code 0 is here; remove it")
        }
        position += 2
      } else if scalar != quote {
        position += 1
      } else if !isLong {
        position += 1
        return nil
      } else if skipEnd(of: quote) {
        return nil
      }
    }
    return nil
  }

  /// Skips up to five quotes; whether they ended a string: three do, behind two that are part of it.
  private mutating func skipEnd(of quote: Unicode.Scalar) -> Bool {
    let quotes = scalars[position...].prefix(5).prefix { $0 == quote }.count
    position += quotes
    return quotes >= 3
  }

  private var isAtEscapedZero: Bool {
    let escape = scalars[position...].dropFirst()
    return escape.starts(with: "u0000".unicodeScalars)
      || escape.starts(with: "U00000000".unicodeScalars)
  }
}
