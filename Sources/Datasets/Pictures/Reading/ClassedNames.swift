/// Names of pictures with the labels of their classes: what a folder and an archive of class folders share.
struct ClassedNames: Sendable {
  /// Paths from the root on, class after class, each in the order of code points.
  let names: [String]

  /// Of each name its label.
  let labels: [Int32]

  /// Gives each file the class of the folder that it lies in, or that of the list.
  ///
  /// - Parameters:
  ///   - files: paths from `root` on.
  ///   - classes: all classes.
  ///   - list: the classes of single pictures, in the place of folders.
  ///   - root: the folder or archive, for errors to name.
  /// - Throws: ``DatasetError`` for a file in no class folder, or a class without a file.
  init(
    _ files: [String], classes: ClassList, list: LabelList?, of root: FileLocation
  ) throws(DatasetError) {
    guard !files.isEmpty else {
      throw DatasetError(
        .invalid, root, "there is no picture; name the folder that holds a folder for each class")
    }
    var groups = Array(repeating: [String](), count: classes.names.count)
    for file in files {
      groups[Int(classes.label(of: try Self.className(of: file, list, in: root)))].append(file)
    }
    if let empty = groups.firstIndex(where: \.isEmpty), list == nil {
      throw DatasetError(
        .invalid, root,
        "class '\(classes.names[empty])' has no picture; add some, or remove its folder")
    }
    if list == nil { try Self.requireClasses(groups, classes, in: root) }
    for group in groups.indices { groups[group].sort(by: precedes) }
    names = groups.flatMap { $0 }
    labels = groups.enumerated().flatMap { label, group in
      group.map { _ in Int32(label) }
    }
  }

  private static func className(
    of file: String, _ list: LabelList?, in root: FileLocation
  ) throws(DatasetError) -> String {
    if let list { return try list.className(of: file) }
    guard let slash = file.firstIndex(of: "/") else {
      throw DatasetError(
        .invalid, FileLocation("\(root.file)/\(file)"),
        "lies in no class folder; move it into one, or give a list of labels as [data] labels")
    }
    return String(file[..<slash])
  }

  /// One folder in which all classes lie is a level too high.
  private static func requireClasses(
    _ groups: [[String]], _ classes: ClassList, in root: FileLocation
  ) throws(DatasetError) {
    guard groups.count == 1, let name = classes.names.first,
      groups[0].allSatisfy({ $0.dropFirst(name.count + 1).contains("/") })
    else { return }
    throw DatasetError(
      .invalid, root,
      "its only class would be '\(name)', which holds folders; name \(root.file)/\(name)")
  }
}
