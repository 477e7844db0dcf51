import Files

/// The classes of pictures that lie in no class folder, from a file of text.
///
/// A line has the name of a picture, a comma, a tab or blanks, and the name of its class; what follows is not
/// read, so that ImageNet's `LOC_val_solution.csv` is such a file too. The picture's name may lack its
/// ending. A first line that names no picture is a heading.
///
/// Lines of one number each are the ground truth of ImageNet's devkit: the classes of all pictures in the order of
/// their names, as numbers that the devkit's `meta.mat` beside the file explains.
struct LabelList: Sendable {
  private let file: String
  private let classes: [String: String]

  /// All classes that the file names.
  var classNames: some Sequence<String> { classes.values }

  /// Reads the file at `path`, if there is one and a picture of `names` lies in no folder.
  init?(_ path: String?, for names: [String]) throws(DatasetError) {
    guard let path, names.contains(where: { !$0.contains("/") }) else { return nil }
    try self.init(contentsOf: path, for: names)
  }

  /// Reads the file at `path`; `names` are those of all pictures.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read, is no text, or a line has no class.
  init(contentsOf path: String, for names: [String] = []) throws(DatasetError) {
    let bytes = try FolderPictures.read(path)
    guard let lines = TextLines.read(bytes) else {
      throw DatasetError(
        .invalid, FileLocation(path),
        "is not UTF-8 text; write a line for each picture: its name, a comma, its class")
    }
    file = path
    if let truth = DevkitLabels(lines, in: path) {
      self.classes = try truth.classes(of: names, named: Self.stem)
      return
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
