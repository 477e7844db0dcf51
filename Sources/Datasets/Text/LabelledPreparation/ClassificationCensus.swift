/// What a first reading of labelled files finds, before anything is written.
struct ClassificationCensus {
  /// Rows that are used, by their label as it is in the files.
  private(set) var labels: [String: Int] = [:]

  /// For each label the first place where it was met.
  private(set) var firstPlaces: [String: FileLocation] = [:]

  /// Rows whose texts and label were there before.
  private(set) var duplicates = Sightings()

  /// Rows whose texts were there before with another label.
  private(set) var contradictions = Sightings()

  /// Rows whose texts are blank, which are left out.
  private(set) var blank = Sightings()

  /// Rows of pairs that lack one of the two texts.
  private(set) var halves = Sightings()

  /// Rows left out, by the label for which they are.
  private(set) var skipped: [String: Int] = [:]

  /// Fields that a pair of quotes surrounds, in TSV.
  private(set) var quoted = Sightings()

  /// Rows whose texts are also in the training files.
  private(set) var shared = Sightings()

  /// The texts of all rows with a hash of their label.
  private(set) var texts: [ContentHash: UInt64] = [:]

  /// All labels of the files, those left out too, in the order of code points.
  var allLabels: [String] { Set(labels.keys).union(skipped.keys).sorted(by: precedes) }

  /// All rows that are used.
  var rows: Int { labels.values.reduce(0, +) }

  /// Reads all rows of `files`.
  ///
  /// - Parameters:
  ///   - files: the tables.
  ///   - columns: what is read of them.
  ///   - skippedLabels: labels whose rows are left out.
  ///   - training: the rows of the training files, if these are others.
  /// - Throws: ``DatasetError`` that names the row at fault.
  init(
    _ files: [String], _ columns: TableColumns, skipping skippedLabels: [String],
    besides training: ClassificationCensus? = nil
  ) throws(DatasetError) {
    for file in files {
      let isTSV = try TableFormat(of: file) == .tsv
      let reader = try TableReader(file, columns: columns)
      while let row = try reader.next() {
        let place = FileLocation(file, line: row.line)
        if skippedLabels.contains(row.label) {
          skipped[row.label, default: 0] += 1
        } else if row.isBlank {
          blank.add("\(place)")
        } else {
          add(row, place, isTSV: isTSV, besides: training)
        }
      }
    }
  }

  private mutating func add(
    _ row: LabelledRow, _ place: FileLocation, isTSV: Bool, besides training: ClassificationCensus?
  ) {
    labels[row.label, default: 0] += 1
    if firstPlaces[row.label] == nil { firstPlaces[row.label] = place }
    if row.isHalf { halves.add("\(place)") }
    let fields = [row.text] + (row.pair.map { [$0] } ?? [])
    if isTSV && fields.contains(where: Self.isQuoted) { quoted.add("\(place)") }
    let (hash, label) = (row.hash, contentHash([row.label]).lowBits)
    if let other = texts.updateValue(label, forKey: hash) {
      if other == label { duplicates.add("\(place)") } else { contradictions.add("\(place)") }
    }
    if training?.texts[hash] != nil { shared.add("\(place)") }
  }

  private static func isQuoted(_ field: String) -> Bool {
    field.utf8.count > 1 && field.utf8.first == UInt8(ascii: "\"")
      && field.utf8.last == UInt8(ascii: "\"")
  }

  /// The share of the most frequent label.
  var majority: (label: String, share: Double) {
    let most = labels.max { ($0.value, $1.key) < ($1.value, $0.key) }
    return (most?.key ?? "", Double(most?.value ?? 0) / Double(max(rows, 1)))
  }

  /// Checks that every label is one of `names`.
  func requireLabels(_ names: LabelNames) throws(DatasetError) {
    let unknown = labels.keys.filter { names.number(of: $0) == nil }
    let first = unknown.compactMap { label in firstPlaces[label].map { (label: label, place: $0) } }
      .min { ($0.place.file, $0.place.line ?? 0) < ($1.place.file, $1.place.line ?? 0) }
    guard let first else { return }
    let count = unknown.reduce(0) { $0 + (labels[$1] ?? 0) }
    let more = count > 1 ? "; \(count) rows have such labels" : ""
    throw DatasetError(
      .invalid, first.place,
      "\(names.refusal(of: first.label))\(more); correct them, or leave such rows out with --skip-label"
    )
  }
}

extension LabelledRow {
  /// Whether there is nothing to read.
  var isBlank: Bool { Self.isBlank(text) && Self.isBlank(pair ?? "") }

  /// Whether one text of a pair is missing.
  var isHalf: Bool { pair.map { Self.isBlank($0) != Self.isBlank(text) } ?? false }

  /// By which equal rows are found.
  var hash: ContentHash { contentHash([text] + (pair.map { [$0] } ?? [])) }

  /// What is held out together: the group, or else all of the row's text.
  var groupText: String { group ?? "\(text)\u{1f}\(pair ?? "")" }

  private static func isBlank(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
  }
}
