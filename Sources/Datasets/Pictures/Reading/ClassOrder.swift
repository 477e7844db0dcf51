/// The order of pictures and their labels: what a folder and an archive of class folders share.
struct ClassOrder: Sendable {
  /// Numbers of files, class after class, each in the order of their names.
  let files: [Int]

  /// The label of each of them.
  let labels: [Int32]

  /// Gives each file the class of its folder, or the one in the list.
  ///
  /// - Parameters:
  ///   - names: paths from `root` on, in the order of code points.
  ///   - classes: all classes.
  ///   - list: the classes of single pictures, in the place of folders.
  ///   - root: the folder or archive, for errors to name.
  /// - Throws: ``DatasetError`` for a file in no class folder, or a class without a file.
  init(
    of names: [String], classes: ClassList, list: LabelList?, in root: FileLocation
  ) throws(DatasetError) {
    guard !names.isEmpty else {
      throw DatasetError(
        .invalid, root, "there is no picture; name the folder that holds a folder for each class")
    }
    var groups = Array(repeating: [Int](), count: classes.names.count)
    for (file, name) in names.enumerated() {
      groups[Int(classes.label(of: try Self.className(of: name, list, in: root)))].append(file)
    }
    if let empty = groups.firstIndex(where: \.isEmpty), list == nil {
      throw DatasetError(
        .invalid, root,
        "class '\(classes.names[empty])' has no picture; add some, or remove its folder")
    }
    if list == nil && groups.count == 1 { try Self.requireLowest(names, in: root) }
    files = groups.flatMap { $0 }
    labels = groups.enumerated().flatMap { label, group in
      group.map { _ in Int32(label) }
    }
  }

  private static func className(
    of file: String, _ list: LabelList?, in root: FileLocation
  ) throws(DatasetError) -> String {
    if let list { return try list.className(of: file) }
    // By bytes: an accent that follows a slash would make one character with it.
    guard let slash = file.utf8.firstIndex(of: UInt8(ascii: "/")) else {
      throw DatasetError(
        .invalid, FileLocation("\(root.file)/\(file)"),
        "is in no class folder; move it into one, or give a list of labels as [data] labels")
    }
    return String(file[..<slash])
  }

  /// One folder in which all classes lie is a level too high.
  private static func requireLowest(
    _ names: [String], in root: FileLocation
  ) throws(DatasetError) {
    let parts = names.map { $0.utf8.split(separator: UInt8(ascii: "/")) }
    guard let name = parts[0].first.flatMap({ String($0) }), parts.allSatisfy({ $0.count > 2 })
    else { return }
    throw DatasetError(
      .invalid, root,
      "its only class would be '\(name)', which holds folders; name \(root.file)/\(name)")
  }
}
