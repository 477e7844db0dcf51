/// The texts of the files of predictions that the official scripts read.
///
/// Those of SQuAD are byte for byte what Python's `json.dumps(…, indent=4)` gives, with a line end, as BERT writes
/// them. Questions are in the order given.
package enum PredictionFile {
  /// `predictions.json`: the text of each answer by the id of its question; empty for no answer.
  package static func predictions(_ answers: [(id: String, text: String)]) -> String {
    object(answers.map { ($0.id, quoted($0.text)) }, indent: 0) + "\n"
  }

  /// `nbest_predictions.json`: the candidates for each question, the best first.
  package static func bestCandidates(_ answers: [(id: String, answer: SpanAnswer)]) -> String {
    let lists = answers.map { id, answer in
      let members = answer.candidates.map { candidate in
        object(
          [
            ("text", quoted(candidate.text)), ("probability", number(candidate.probability)),
            ("start_logit", number(candidate.startLogit)),
            ("end_logit", number(candidate.endLogit)),
          ], indent: 8)
      }
      return (id, lines(members, in: ("[", "]"), indent: 4))
    }
    return object(lists, indent: 0) + "\n"
  }

  /// `null_odds.json`: how much no answer is preferred for each question; `evaluate-v2.0.py --na-prob-file` reads it.
  package static func nullOdds(_ odds: [(id: String, odds: Double)]) -> String {
    object(odds.map { ($0.id, number($0.odds)) }, indent: 0) + "\n"
  }

  /// GLUE's file of predictions: a head, then the number of each text in its file and the name of its class.
  ///
  /// - Throws: ``ScoringError`` if a name has a tab or a line end, which the format cannot hold.
  package static func classes(
    _ rows: [(index: Int, name: String)]
  ) throws(ScoringError) -> String {
    var text = "index\tprediction\n"
    for (index, name) in rows {
      let isHeld = name.unicodeScalars.allSatisfy { !["\t", "\n", "\r"].contains($0) }
      guard isHeld else {
        throw ScoringError(
          "a class is called \(quoted(name)): a file of tab-separated values cannot hold that name; rename the class"
        )
      }
      text += "\(index)\t\(name)\n"
    }
    return text
  }
}

// MARK: - JSON as Python writes it

extension PredictionFile {
  private static func object(_ members: [(key: String, value: String)], indent: Int) -> String {
    lines(members.map { "\(quoted($0.key)): \($0.value)" }, in: ("{", "}"), indent: indent)
  }

  /// Each of `items` on a line of its own, between two brackets.
  private static func lines(
    _ items: [String], in brackets: (String, String), indent: Int
  ) -> String {
    if items.isEmpty { return brackets.0 + brackets.1 }
    let outer = "\n" + String(repeating: " ", count: indent)
    let inner = outer + "    "
    return brackets.0 + inner + items.joined(separator: "," + inner) + outer + brackets.1
  }

  /// A number in the fewest digits that give its bits again.
  private static func number(_ value: Double) -> String {
    precondition(value.isFinite, "\(value) is not a number that JSON has")
    return "\(value)"
  }

  /// A string in ASCII: what is not printable ASCII is escaped by its UTF-16.
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: quoted += "\\\""
      case 0x5c: quoted += "\\\\"
      case 0x08: quoted += "\\b"
      case 0x09: quoted += "\\t"
      case 0x0a: quoted += "\\n"
      case 0x0c: quoted += "\\f"
      case 0x0d: quoted += "\\r"
      case 0x20...0x7e: quoted.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return quoted + "\""
  }
}
