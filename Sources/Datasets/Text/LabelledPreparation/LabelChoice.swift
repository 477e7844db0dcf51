import Files

/// How the classes of labelled text are found.
public enum LabelChoice: Sendable, Equatable {
  /// The labels of the training files, sorted: whole numbers by value, all others by code point.
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
      let numbers = counts.keys.compactMap { Int($0) }
      names =
        numbers.count == counts.count && Set(numbers).count == numbers.count
        ? numbers.sorted().map(String.init) : counts.keys.sorted(by: precedes)
    case .listed(let names): (self.names, isNumbered) = (names, false)
    case .numbered(let names): (self.names, isNumbered) = (names, true)
    }
  }

  /// The number of the class that a file calls `label`; nil for none.
  func number(of label: String) -> Int32? {
    if isNumbered {
      guard let number = Int32(label), names.indices.contains(Int(number)) else { return nil }
      return number
    }
    return names.firstIndex { $0.utf8.elementsEqual(label.utf8) }.map { Int32($0) }
  }

  /// The message about a label that is not one of them.
  func refusal(of label: String) -> String {
    let shown = label.isEmpty ? "the label is empty, which" : "label '\(printable(label))'"
    if isNumbered {
      return "\(shown) is not one of 0 to \(names.count - 1), for which --label-names has names"
    }
    let known = names.prefix(20).joined(separator: ", ")
    let near = label.isEmpty ? nil : nearest(to: label, in: names)
    let isNumber = Int(label) != nil && names.allSatisfy { Int($0) == nil }
    let hint =
      near.map { " (the nearest is '\($0)')" }
      ?? (isNumber ? " (names for labels that are numbers go with --label-names)" : "")
    return "\(shown) is not one of \(known)\(hint)"
  }
}
