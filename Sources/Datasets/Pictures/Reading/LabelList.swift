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

  /// Reads the file at `path`, if there is one and a picture of `names` is in no folder.
  init?(_ path: String?, for names: [String]) throws(DatasetError) {
    guard let path, names.contains(where: { !$0.utf8.contains(UInt8(ascii: "/")) }) else {
      return nil
    }
    try self.init(contentsOf: path, for: names)
  }

  /// Reads the file at `path`; `names` are those of all pictures.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read, is not text, or a line has no class.
  init(contentsOf path: String, for names: [String] = []) throws(DatasetError) {
    let bytes = try OpenFile(reading: path).contents(atMost: Self.maximumBytes)
    let kind = FileKind(of: bytes)
    guard let lines = TextLines.read(bytes), kind?.isOtherText ?? true else {
      let found = kind.flatMap { $0.isOtherText ? nil : $0.name } ?? "no UTF-8 text"
      throw DatasetError(
        .invalid, FileLocation(path),
        "this is \(found), not a list of labels; \(kind?.advice ?? Self.advice)")
    }
    file = path
    if let truth = DevkitLabels(lines, in: path) {
      self.classes = try truth.classes(of: names, named: Self.stem)
      return
    }
    var classes: [String: String] = [:]
    for (number, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
      guard let (name, label) = Self.fields(of: line) else {
        throw DatasetError(
          .invalid, FileLocation(path),
          "line \(number + 1) has no class: '\(line.prefix(40))'; write the picture's name, a comma, "
            + "its class")
      }
      // A zero byte would end the name where shards keep it.
      guard !label.utf8.contains(0) else {
        throw DatasetError(
          .invalid, FileLocation(path),
          "line \(number + 1): a zero byte in the name of a class; write the list as text")
      }
      // The heading of Kaggle's file.
      if number == 0 && name == "ImageId" { continue }
      if let other = classes.updateValue(label, forKey: Self.stem(name)), other != label {
        throw DatasetError(
          .invalid, FileLocation(path),
          "line \(number + 1) gives \(name) the class '\(label)', an earlier line '\(other)'; leave one of "
            + "them out")
      }
    }
    self.classes = classes
  }

  private static let maximumBytes = 1 << 30
  private static let advice = "write a line for each picture: its name, a comma, its class"

  /// The name of the picture and that of its class; nil if one of them is missing.
  ///
  /// A name may have blanks if it has its ending, and a comma or a tab behind it.
  private static func fields(of line: String) -> (name: Substring, label: String)? {
    let line = line.drop(while: \.isWhitespace)
    guard let end = line.firstIndex(where: { $0 == "," || $0.isWhitespace }) else { return nil }
    var (name, rest) = (line[..<end], line[end...])
    if let comma = line.firstIndex(where: { $0 == "," || $0 == "\t" }) {
      let whole = line[..<comma]
      let last = whole.lastIndex { !$0.isWhitespace }
      let trimmed = last.map { whole[...$0] } ?? ""
      if PictureFormat.allCases.contains(where: { $0.isUsual(for: String(trimmed)) }) {
        (name, rest) = (trimmed, line[comma...])
      }
    }
    rest = rest.drop { $0.isWhitespace }
    if rest.first == "," { rest = rest.dropFirst().drop { $0.isWhitespace } }
    let label = rest.prefix { $0 != "," && !$0.isWhitespace }
    return name.isEmpty || label.isEmpty ? nil : (name, String(label))
  }

  /// The class of the picture `name`, which may have folders before it.
  ///
  /// - Throws: ``DatasetError`` if no line names it.
  func className(of name: String) throws(DatasetError) -> String {
    let last = Self.lastPart(of: name)
    guard let found = classes[Self.stem(last)] else {
      throw DatasetError(
        .invalid, FileLocation(file), "no line names the picture \(last); add it, or move it away")
    }
    return found
  }

  /// A remark on pictures that the file names and the set does not have.
  ///
  /// - Parameter names: those of all pictures of the set.
  /// - Returns: one line with their number and the first of them; nil if there are none.
  func remark(on names: [String]) -> String? {
    let met = Set(names.map { Self.stem(Self.lastPart(of: $0)) })
    let absent = classes.keys.filter { !met.contains($0) }
    guard let first = absent.min(by: precedes) else { return nil }
    return "\(file): names \(counted(absent.count, "picture")) that the set does not have, "
      + "the first is '\(printable(first))'"
  }

  private static func lastPart(of name: String) -> Substring {
    name.utf8.split(separator: UInt8(ascii: "/")).last.map { Substring($0) } ?? ""
  }

  private static func stem(_ name: Substring) -> String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return String(name) }
    return String(name[..<dot])
  }
}
