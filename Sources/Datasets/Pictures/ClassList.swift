/// The names of classes in the order of their labels: by code point, as torchvision and every list of
/// ImageNet has them.
public struct ClassList: Sendable, Equatable {
  /// The names, sorted.
  public let names: [String]

  /// The classes that `names` mention, each once.
  init(_ names: some Sequence<String>) {
    var sorted: [String] = []
    for name in names.sorted(by: precedes)
    where sorted.last.map({ !$0.utf8.elementsEqual(name.utf8) }) ?? true {
      sorted.append(name)
    }
    self.names = sorted
  }

  /// The label of a class, which is in the list.
  func label(of name: String) -> Int32 {
    var range = 0..<names.count
    while range.count > 1 {
      let middle = range.lowerBound + range.count / 2
      range = precedes(name, names[middle]) ? range.lowerBound..<middle : middle..<range.upperBound
    }
    precondition(names[range.lowerBound] == name, "no class is called \(name)")
    return Int32(range.lowerBound)
  }

  /// Checks that a test set has the classes of the training set, whose labels they would shift.
  ///
  /// - Parameters:
  ///   - training: the names of the training set, if it has any.
  ///   - test: those of the other set.
  ///   - testFiles: its files.
  ///   - set: what it is called.
  /// - Throws: ``DatasetError`` that names the first class that one of them lacks.
  public static func requireEqual(
    training: [String]?, test: [String]?, testFiles: [String], set: String = "the test set"
  ) throws(DatasetError) {
    guard let training, let test, training != test else { return }
    let file = FileLocation(testFiles.first ?? "[data] test")
    let difference =
      if let name = training.first(where: { !test.contains($0) }) {
        "lacks class '\(name)' of the training set"
      } else if let name = test.first(where: { !training.contains($0) }) {
        "has class '\(name)', which the training set lacks"
      } else {
        "has the classes of the training set in another order"
      }
    throw DatasetError(
      .invalid, file,
      "\(set) \(difference) (\(test.count) and \(training.count) classes), which would shift "
        + "the labels; give both the same class folders")
  }
}

/// The order by code point, which is that of the UTF-8 bytes.
func precedes(_ one: String, _ other: String) -> Bool {
  one.utf8.lexicographicallyPrecedes(other.utf8)
}
