import Files

/// The classes of pictures that lie in no class folder, from a file of text.
///
/// A line has the name of a picture, a comma, a tab or blanks, and the name of its class; what follows is not
/// read, so that ImageNet's `LOC_val_solution.csv` is such a file too. The picture's name may lack its
/// ending. A first line that names no picture is a heading.
struct LabelList: Sendable {
  private let file: String
  private let classes: [String: String]

  /// All classes that the file names.
  var classNames: some Sequence<String> { classes.values }

  /// Reads the file at `path`, if there is one and a picture of `names` lies in no folder.
  init?(_ path: String?, for names: [String]) throws(DatasetError) {
    guard let path, names.contains(where: { !$0.contains("/") }) else { return nil }
    try self.init(contentsOf: path)
  }

  /// Reads the file at `path`.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read, is no text, or a line has no class.
  init(contentsOf path: String) throws(DatasetError) {
    let file = try OpenFile(reading: path)
    let bytes = try file.read(at: 0, limit: file.size())
    guard let lines = TextLines.read(bytes) else {
      throw DatasetError(
        .invalid, FileLocation(path),
        "is not UTF-8 text; write a line for each picture: its name, a comma, its class")
    }
    var classes: [String: String] = [:]
    for (number, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
      let fields = line.split(maxSplits: 2) { $0 == "," || $0.isWhitespace }
      guard fields.count >= 2 else {
        throw DatasetError(
          .invalid, FileLocation(path),
          "line \(number + 1) has no class: '\(line.prefix(40))'; write the picture's name, a comma, "
            + "its class")
      }
      // The heading of Kaggle's file.
      if number == 0 && fields[0] == "ImageId" { continue }
      classes[Self.stem(fields[0])] = String(fields[1])
    }
    self.file = path
    self.classes = classes
  }

  /// The class of the picture `name`, which may have folders before it.
  ///
  /// - Throws: ``DatasetError`` if no line names it.
  func className(of name: String) throws(DatasetError) -> String {
    let last = name.split(separator: "/").last ?? ""
    guard let found = classes[Self.stem(last)] else {
      throw DatasetError(
        .invalid, FileLocation(file), "no line names the picture \(last); add it, or move it away")
    }
    return found
  }

  private static func stem(_ name: Substring) -> String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return String(name) }
    return String(name[..<dot])
  }
}
