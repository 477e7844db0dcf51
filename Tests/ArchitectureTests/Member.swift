/// Functions of a file, and what it adds to types by extensions, in the form in which other files use them:
/// `function`, `member`, `Type.staticMember`, `Type(label:label:)`.
enum Member {
  /// What `code` declares outside of types and in extensions, unless it is private.
  static func declared(in code: String) -> Set<String> {
    var members: Set<String> = []
    let function = #/^((?:@?\w+(?:\(\w+\))? )*)(?:func|let|var) (\w+)/#
    for match in code.matches(of: function.anchorsMatchLineEndings())
    where !match.1.contains("private") {
      members.insert(String(match.2))
    }
    let extensions =
      #/^((?:@?\w+ )*)extension ([\w.]+)[^{]*\{\n((?:  .*\n|\n)*)\}/#.anchorsMatchLineEndings()
    for match in code.matches(of: extensions) where !match.1.contains("private") {
      members.formUnion(declared(byExtensionOf: match.2, match.3))
    }
    return members
  }

  private static func declared(byExtensionOf type: Substring, _ body: Substring) -> Set<String> {
    var members: Set<String> = []
    let declaration =
      #/^  ((?:@?\w+(?:\(\w+\))? )*)(?:(?:func|let|var|struct|class|enum|typealias) (\w+)|init\??(?:<.*>)?\()/#
    for match in body.matches(of: declaration.anchorsMatchLineEndings())
    where !match.1.contains("private") {
      guard let name = match.2 else {
        let labels = labels(of: body[match.range.upperBound...])
        // The others are too common to be known by their labels.
        if !labels.isEmpty { members.insert("\(type)(\(labels))") }
        continue
      }
      members.insert(match.1.contains("static ") ? "\(type).\(name)" : String(name))
    }
    return members
  }

  /// The names of all declarations of `code`; that of an initialiser in an extension is its form.
  static func allNames(in code: String) -> [String] {
    let declaration = #/\b(?:func|let|var|case|struct|class|enum|protocol|typealias) (\w+)/#
    let further = #/\bcase \w+(?:\([^)]*\))?(, [^:\n]*)$/#.anchorsMatchLineEndings()
    return code.matches(of: declaration).map { String($0.1) }
      + code.matches(of: further).flatMap { $0.1.matches(of: #/\w+/#).map { String($0.0) } }
      + declared(in: code).filter { $0.hasSuffix(")") }
  }

  /// What has to be the only one of its name, so that a use can mean nothing else.
  static func name(of member: String) -> String {
    member.hasSuffix(")") ? member : String(member.split(separator: ".").last ?? "")
  }

  /// What `code` may use, whether or not anybody declares it.
  static func used(in code: String) -> Set<String> {
    var uses: Set<String> = []
    // A label is no use. The default boundaries, those of Unicode, see one word in "a.b".
    let word = #/\b[A-Za-z]\w*\b(?!:)/#.wordBoundaryKind(.simple)
    for match in code.matches(of: word) { uses.insert(String(match.0)) }
    let memberOfType = #/\b[A-Z]\w*\.\w+/#.wordBoundaryKind(.simple)
    for match in code.matches(of: memberOfType) { uses.insert(String(match.0)) }
    let call = #/\b([A-Z][\w.]*)\(/#.wordBoundaryKind(.simple)
    for match in code.matches(of: call) {
      let labels = labels(of: code[match.range.upperBound...])
      if !labels.isEmpty { uses.insert("\(match.1)(\(labels))") }
    }
    return uses
  }

  /// The labels of a list of parameters or arguments, behind its parenthesis: "label:label:".
  private static func labels(of code: Substring) -> String {
    var depth = 0
    var list = ""
    for character in code {
      if "([{".contains(character) { depth += 1 }
      if ")]}".contains(character) { depth -= 1 }
      if depth < 0 { break }
      if depth == 0 { list.append(character) }
    }
    return list.matches(of: #/(?:^|,)\s*(\w+)(?: \w+)?:/#).map { "\($0.1):" }
      .filter { $0 != "_:" }.joined()
  }
}
