import Files

/// How the classes of labelled text are found.
public enum LabelChoice: Sendable, Equatable {
  /// The labels of the training files that are not blank, sorted: whole numbers by value, all others by code point.
  case found
  /// The labels, in the order of the classes' numbers.
  case listed([String])
  /// Names for the labels 0, 1, 2, ….
  case numbered([String])
}

/// The names of classes, and the labels of files that mean them.
struct LabelNames: Sendable, Equatable {
  /// The names in the order of the labels' numbers.
  let names: [String]

  private let isNumbered: Bool

  /// The names that `choice` gives to classes with these labels in the training files, each with its count.
  init(_ choice: LabelChoice, counts: [String: Int]) {
    switch choice {
    case .found:
      isNumbered = false
      let labels = counts.keys.filter { !Self.isBlank($0) }.sorted(by: precedes)
      let numbers = labels.compactMap { Int($0) }
      let areNumbers = numbers.count == labels.count && Set(numbers).count == numbers.count
      names = areNumbers ? labels.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) } : labels
    case .listed(let names): (self.names, isNumbered) = (names, false)
    case .numbered(let names): (self.names, isNumbered) = (names, true)
    }
  }

  private static func isBlank(_ label: String) -> Bool {
    label.unicodeScalars.allSatisfy(\.properties.isWhitespace)
  }

  /// Lines about names that people would take for the same.
  var remarks: [String] {
    func plain(_ name: String) -> String {
      name.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    let alike = Dictionary(grouping: names, by: plain).values.filter { $0.count > 1 }
    let lines = alike.map { names -> String in
      let list = names.map { "'\(printable($0))'" }.joined(separator: " and ")
      return
        "the classes \(list) differ in case or white space alone; if they are one, correct their labels"
    }
    return lines.sorted()
  }

  /// The number of the class that a file calls `label`; nil for none.
  func number(of label: String) -> Int32? {
    if isNumbered {
      guard let number = Int32(label), names.indices.contains(Int(number)) else { return nil }
      return number
    }
    // As they are counted: an accent may be a scalar of its own.
    return names.firstIndex(of: label).map { Int32($0) }
  }

  /// The message about a label that is not one of them.
  func refusal(of label: String) -> String {
    let shown = label.isEmpty ? "the label is empty, which" : "label '\(printable(label))'"
    if isNumbered {
      return "\(shown) is not one of 0 to \(names.count - 1), for which --label-names has names"
    }
    let known = names.prefix(20).map { printable($0) }.joined(separator: ", ")
    let near = label.isEmpty ? nil : nearest(to: label, in: names)
    let isNumber = Int(label) != nil && names.allSatisfy { Int($0) == nil }
    let hint =
      near.map { " (the nearest is '\(printable($0))')" }
      ?? (isNumber ? " (names for labels that are numbers go with --label-names)" : "")
    return "\(shown) is not one of \(known)\(hint)"
  }
}
