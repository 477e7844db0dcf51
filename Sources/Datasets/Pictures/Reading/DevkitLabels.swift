/// The classes of ImageNet's validation set as its devkit has them: a number for each picture, in the order of their
/// names.
///
/// The numbers are not those of classes. `meta.mat` of the devkit says which WordNet id each has.
struct DevkitLabels {
  private let file: String
  private let numbers: [Int]

  /// The ground truth in `lines` of `file`; nil if a line is not one number.
  init?(_ lines: [String], in file: String) {
    var numbers: [Int] = []
    for line in lines where !line.allSatisfy(\.isWhitespace) {
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count == 1, let number = Int(fields[0]) else { return nil }
      numbers.append(number)
    }
    if numbers.isEmpty { return nil }
    self.file = file
    self.numbers = numbers
  }

  /// The WordNet id of each of the pictures `names`, by what `key` makes of their last parts.
  ///
  /// - Throws: ``DatasetError`` if there are more or fewer numbers than names, or `meta.mat` does not lie beside the file
  ///   or lacks a number.
  func classes(
    of names: [String], named key: (Substring) -> String
  ) throws(DatasetError) -> [String: String] {
    guard numbers.count == names.count else {
      throw DatasetError(
        .invalid, FileLocation(file),
        "has \(numbers.count) numbers for \(names.count) pictures; give the ground truth of this set, or for each "
          + "picture a line with its name, a comma, its class")
    }
    let path = Folder(path: file).parent.path + "/meta.mat"
    let ids = try wordNetIDs(path)
    var classes: [String: String] = [:]
    for (name, number) in zip(names.sorted(by: precedes), numbers) {
      guard let id = ids[number] else {
        throw DatasetError(
          .invalid, FileLocation(path),
          "has no synset of ILSVRC2012_ID \(number), which \(file) names; take both from one devkit"
        )
      }
      classes[key(name.split(separator: "/").last ?? "")] = id
    }
    return classes
  }

  private func wordNetIDs(_ path: String) throws(DatasetError) -> [Int: String] {
    let content: [UInt8]
    do throws(DatasetError) {
      content = try FolderPictures.read(path)
    } catch {
      throw DatasetError(
        error.code, FileLocation(file),
        "holds numbers alone, which only meta.mat of ImageNet's devkit explains; put it into the same folder (\(error))"
      )
    }
    var ids: [Int: String] = [:]
    for synset in try MATLABStructures(content, at: FileLocation(path)).structures {
      if case .number(let number) = synset["ILSVRC2012_ID"],
        case .text(let id) = synset["WNID"], let whole = Int(exactly: number)
      {
        ids[whole] = id
      }
    }
    return ids
  }
}
