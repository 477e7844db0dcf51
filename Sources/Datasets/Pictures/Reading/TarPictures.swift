import Files

/// Pictures in tar archives, read in place.
///
/// Archives are laid out in one of three ways, which their members tell: class folders, as `tar -cf` makes them
/// of a folder and ImageNet has them as archives inside an archive; WebDataset's shards, where `a.jpg` is
/// beside `a.cls`; or pictures alone, whose classes a list of labels gives.
public struct TarPictures: EncodedImageSource {
  /// One picture: in which archive, which member.
  private struct Place: Sendable {
    let archive: Int
    let member: TarArchive.Member
  }

  private let archives: [TarArchive]
  private let places: [Place]
  private let labels: [Int32]

  /// The names of the class folders; nil for WebDataset.
  public let classNames: [String]?

  /// The number of class folders, or WebDataset's largest label plus 1.
  public let classCount: Int

  /// The digest of all pictures.
  public private(set) var digest = ""

  /// What was left out.
  public let remarks: [String]

  /// Reads the headers of the archives.
  ///
  /// - Parameters:
  ///   - paths: archives, folders of archives, or `train.tar/folder` for a part of an archive.
  ///   - labels: a file with the classes of pictures that lie in no class folder, or nil.
  ///   - identifying: whether all pictures are read for the digest, which is empty else.
  /// - Throws: ``DatasetError`` for a damaged archive, and as ``FolderPictures`` does.
  public init(
    _ paths: [String], labels: String? = nil, identifying: Bool = true
  ) throws(DatasetError) {
    var archives: [TarArchive] = []
    var found: [(name: String, place: Place)] = []
    let (files, remarks) = try Self.archives(in: paths)
    for path in files {
      let (file, folder) = try TarPath.split(path)
      let archive = try TarArchive(file)
      for member in archive.members where folder.isEmpty || member.name.hasPrefix(folder + "/") {
        let name = folder.isEmpty ? member.name : String(member.name.dropFirst(folder.count + 1))
        found.append((name, Place(archive: archives.count, member: member)))
      }
      archives.append(archive)
    }
    let root = FileLocation(paths.first ?? "[data]")
    let labelled: Labelled =
      found.contains { $0.name.lowercased().hasSuffix(".cls") }
      ? try Self.webDataset(found, archives)
      : try Self.classFolders(found, labels, archives, root)
    self.archives = archives
    classNames = labelled.names
    self.remarks = remarks + archives.flatMap(\.remarks) + labelled.remarks
    places = labelled.places
    self.labels = labelled.labels
    classCount = labelled.names?.count ?? Int(self.labels.max() ?? 0) + 1
    if identifying { digest = try computedDigest() }
  }

  /// The number of pictures.
  public var count: Int { places.count }

  /// The content of one member.
  public func bytes(of sample: Int) throws(DatasetError) -> [UInt8] {
    try archives[places[sample].archive].bytes(of: places[sample].member)
  }

  /// Place and size of one member, and the time of the last change of its archive.
  public func revision(of sample: Int) -> String {
    let (archive, member) = (archives[places[sample].archive], places[sample].member)
    return "\(member.offset) \(member.size) \(archive.modifiedNanoseconds)"
  }

  /// The class of one picture.
  public func label(of sample: Int) -> Int32 { labels[sample] }

  /// The archive and the member.
  public func location(of sample: Int) -> FileLocation {
    archives[places[sample].archive].location(of: places[sample].member)
  }

  /// The archives that paths mean: a folder means the `.tar` files in it, by name; and lines about other files.
  private static func archives(
    in paths: [String]
  ) throws(DatasetError) -> (files: [String], remarks: [String]) {
    var (files, remarks) = ([String](), [String]())
    for path in paths {
      guard Folder(path: path).exists else {
        files.append(path)
        continue
      }
      let (names, remark) = try Folder(path: path).names(ending: [".tar"])
      guard !names.isEmpty else {
        throw DatasetError(
          .missing, FileLocation(path), "no .tar file is in the folder; name the archives")
      }
      files += names.map { "\(path)/\($0)" }
      remarks += [remark].compactMap(\.self)
    }
    return (files, remarks)
  }
}

extension TarPictures {
  /// The most classes of WebDataset, where one number decides how many there are.
  private static let maximumClasses = 1 << 24

  private struct Labelled {
    var names: [String]?
    var places: [Place] = []
    var labels: [Int32] = []
    var remarks: [String] = []
  }

  /// Pictures in class folders, or anywhere with a list of labels.
  private static func classFolders(
    _ found: [(name: String, place: Place)], _ labels: String?, _ archives: [TarArchive],
    _ root: FileLocation
  ) throws(DatasetError) -> Labelled {
    let list = try LabelList(labels, for: found.map(\.name))
    let sorted = found.sorted { precedes($0.name, $1.name) }
    for (one, other) in zip(sorted, sorted.dropFirst())
    where one.name.utf8.elementsEqual(other.name.utf8) {
      throw DatasetError(
        .invalid, archives[other.place.archive].location(of: other.place.member),
        "is there twice; make the archive again")
    }
    let classes = ClassList(
      list.map { Array($0.classNames) }
        ?? found.compactMap {
          $0.name.utf8.firstIndex(of: UInt8(ascii: "/")).map($0.name.prefix(upTo:))
        }
        .map(String.init))
    let order = try ClassOrder(of: sorted.map(\.name), classes: classes, list: list, in: root)
    return Labelled(
      names: classes.names, places: order.files.map { sorted[$0].place }, labels: order.labels,
      remarks: [list?.remark(on: sorted.map(\.name))].compactMap(\.self))
  }

  /// WebDataset: a sample is a run of neighbouring members whose names are equal up to the first dot.
  ///
  /// - Note: Source: `webdataset/tariterators.py`, `base_plus_ext` and `group_by_keys`.
  private static func webDataset(
    _ found: [(name: String, place: Place)], _ archives: [TarArchive]
  ) throws(DatasetError) -> Labelled {
    var result = Labelled(names: nil)
    var unlabelled = 0
    var sample = WebSample()
    func finish(_ sample: WebSample) throws(DatasetError) {
      guard let first = sample.fields.first else { return }
      guard let place = sample.picture else {
        unlabelled += 1
        return
      }
      guard let cls = sample.fields.first(where: { $0.name == "cls" })?.place else {
        throw DatasetError(
          .invalid, archives[first.place.archive].location(of: first.place.member),
          "sample '\(sample.key)' has no .cls file next to it with the number of its class")
      }
      let archive = archives[cls.archive]
      let text = String(decoding: try archive.bytes(of: cls.member).prefix(32), as: UTF8.self)
      let digits = text.prefix { !$0.isWhitespace }
      guard let label = Int(digits), label >= 0 else {
        throw DatasetError(
          .invalid, archive.location(of: cls.member), "holds no number of a class from 0 on")
      }
      guard label < maximumClasses else {
        throw DatasetError(
          .invalid, archive.location(of: cls.member),
          "holds class \(label), and the highest may be \(maximumClasses - 1); number the classes from 0 on"
        )
      }
      result.places.append(place)
      result.labels.append(Int32(label))
    }
    for (name, place) in found {
      guard let field = WebField(name) else { continue }
      if field.key != sample.key || place.archive != sample.fields.last?.place.archive {
        try finish(sample)
        sample = WebSample(key: field.key)
      }
      guard !sample.fields.contains(where: { $0.name == field.name }) else {
        throw DatasetError(
          .invalid, archives[place.archive].location(of: place.member),
          "sample '\(field.key)' has .\(field.name) twice; make the archive again")
      }
      sample.fields.append((field.name, place))
    }
    try finish(sample)
    guard !result.places.isEmpty else {
      throw DatasetError(
        .invalid, FileLocation(archives.first?.path ?? "[data]"),
        "no sample has a picture as .jpg, .jpeg, .png or .webp next to its .cls")
    }
    if unlabelled > 0 {
      result.remarks = ["left out: \(counted(unlabelled, "sample")) without a picture"]
    }
    return result
  }

  /// The fields of a sample that have been met.
  private struct WebSample {
    var key = ""
    var fields: [(name: String, place: Place)] = []

    var picture: Place? {
      fields.first { ["jpg", "jpeg", "png", "webp"].contains($0.name) }?.place
    }
  }
}

/// A member's name in WebDataset's terms: `a/b.seg.png` is field `seg.png` of sample `a/b`.
struct WebField: Equatable {
  let key: String
  /// In lower case.
  let name: String

  /// Nil for what is not a part of a sample: a name without a dot, or one of `__meta__`.
  init?(_ path: String) {
    let start = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
    guard let dot = path[start...].firstIndex(of: "."), path.firstMatch(of: #/__[^\/]*__/#) == nil
    else { return nil }
    key = String(path[..<dot])
    name = path[path.index(after: dot)...].lowercased()
  }
}

/// A path that may lead into an archive: `train.tar/train`.
package enum TarPath {
  /// Whether there is a file or folder at the path, or an archive that it leads into.
  ///
  /// What cannot be examined counts as missing here; opening the path gives the reason.
  package static func isThere(_ path: String) -> Bool {
    (try? FileIdentity(path)) != nil || (try? split(path)) != nil
  }

  /// The file and the folder inside it, which is empty for the whole archive.
  ///
  /// - Throws: ``DatasetError`` if no part of the path is a file.
  static func split(_ path: String) throws(DatasetError) -> (file: String, folder: String) {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false)[...]
    var folder: [Substring] = []
    while !parts.isEmpty {
      let file = parts.joined(separator: "/")
      // Most parts of such a path do not exist; the reason is reported below if none does.
      if let identity = try? FileIdentity(file), !identity.isFolder {
        return (file, folder.filter { !$0.isEmpty }.joined(separator: "/"))
      }
      folder.insert(parts.removeLast(), at: 0)
    }
    // Says why, as for any file.
    _ = try OpenFile(reading: path)
    return (path, "")
  }
}
