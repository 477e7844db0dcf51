import Files

/// Turns tables of labelled texts, or pairs of texts, into shards of sequences, in constant memory but for a hash of
/// each row.
///
/// All files are read and checked once before anything is written. The same files and settings give the same bytes on
/// any machine, also after kills.
public struct ClassificationPreparation: Sendable {
  /// What a preparation is about to do.
  public enum Stage: Sendable, Equatable {
    /// Continue without a lock, because the file system of `folder` has none, for this reason.
    case unlocked(folder: String, reason: String)
    /// Read the rows and check them.
    case checking
    /// Tokenise this many rows.
    case tokenising(rows: Int)
  }

  /// The training files.
  public var training: [String]
  /// The development files, which may be none.
  public var development: [String] = []
  /// Their columns.
  public var columns: TableColumns
  /// How the classes are found.
  public var labels = LabelChoice.found
  /// Labels whose rows are left out, as the `-` of SNLI.
  public var skippedLabels: [String] = []
  /// What is held out of the training files.
  public var holdout: Holdout?
  /// The path of the vocabulary.
  public var vocabulary: String
  /// The tokens of a sequence, special ones included; at least ``shortestSequence``.
  public var sequenceLength = 128
  /// The length that no shard exceeds, unless one sample does.
  public var maximumShardBytes = 1 << 26

  /// The shortest sequence that is packed.
  public static let shortestSequence = SequenceLayout.shortest

  /// A preparation of `training`; everything else has a default.
  public init(training: [String], columns: TableColumns, vocabulary: String) {
    precondition(!training.isEmpty, "a preparation of no files")
    self.training = training
    self.columns = columns
    self.vocabulary = vocabulary
  }

  /// Writes the sets `train`, `holdout` and `dev`, as far as they are asked for, into a new folder.
  ///
  /// - Parameters:
  ///   - directory: the folder to make; the one above it exists.
  ///   - replacing: whether older sets in `directory` are to go.
  ///   - stage: receives what comes next.
  ///   - progress: receives the number of rows done.
  /// - Returns: what was found on the way.
  /// - Throws: ``DatasetError`` if a file, the vocabulary or the disk is at fault.
  public func run(
    in directory: String, replacing: Bool = false, stage: (Stage) -> Void = { _ in },
    progress: (Int) -> Void = { _ in }
  ) throws(DatasetError) -> ClassificationReport {
    let vocabulary = try Vocabulary(contentsOf: vocabulary)
    let draft = try SetsDraft(of: directory, replacing: replacing)
    if let reason = draft.lackOfLock { stage(.unlocked(folder: draft.path, reason: reason)) }
    stage(.checking)
    let trainingCensus = try ClassificationCensus(training, columns, skipping: skippedLabels)
    let names = LabelNames(labels, counts: trainingCensus.labels)
    try requireClasses(trainingCensus, names)
    let otherCensus =
      try development.isEmpty
      ? nil
      : ClassificationCensus(
        development, columns, skipping: skippedLabels, besides: trainingCensus)
    try otherCensus?.requireLabels(names)
    stage(.tokenising(rows: trainingCensus.rows + (otherCensus?.rows ?? 0)))

    let packing = try ClassificationPacking(self, names, vocabulary)
    var sets = try packing.pack(
      training, into: draft, holdout == nil ? [.train] : [.train, .holdout], progress)
    if otherCensus != nil { sets += try packing.pack(development, into: draft, [.dev], progress) }
    try draft.publish()
    return ClassificationReport(
      classNames: names.names, sets: sets,
      remarks: names.remarks + absences(trainingCensus, otherCensus, names)
        + remarks(trainingCensus, "the training files")
        + (otherCensus.map { remarks($0, "the development files") } ?? []))
  }

  /// Checks that there is something to learn.
  private func requireClasses(
    _ census: ClassificationCensus, _ names: LabelNames
  ) throws(DatasetError) {
    guard census.rows > 0 else {
      throw DatasetError(
        .invalid, FileLocation(training[0]),
        "there is no row with a text"
          + (census.skipped.isEmpty ? "" : " and a label that is not left out")
          + "; name other files or columns")
    }
    guard !names.names.isEmpty else {
      throw DatasetError(
        .invalid, FileLocation(training[0]),
        "column '\(columns.label)' is blank in all \(census.rows) rows; is it the one with the classes? Name another "
          + "by --label")
    }
    if case .found = labels, names.names.count > max(20, census.rows / 2) {
      throw DatasetError(
        .invalid, FileLocation(training[0]),
        "column '\(columns.label)' has \(names.names.count) different labels in \(census.rows) rows; is it "
          + "the one with the classes? Name another by --label")
    }
    try requireLimits(names)
    try census.requireLabels(names)
    guard census.labels.count > 1 else {
      throw DatasetError(
        .invalid, FileLocation(training[0]),
        "all \(census.rows) rows have the label '\(census.majority.label)': there is nothing to learn; name "
          + "another --label, or files with more classes")
    }
  }

  /// Checks that shards can hold the classes.
  private func requireLimits(_ names: LabelNames) throws(DatasetError) {
    let (most, longest) = (LabelledShardHeader.maximumClasses, LabelledShardHeader.longestName)
    guard names.names.count <= most else {
      throw DatasetError(
        .invalid, FileLocation(training[0]),
        "there are \(names.names.count) classes, and a set may have \(most) at most; join some of them, or leave "
          + "labels out with --skip-label")
    }
    guard let name = names.names.first(where: { $0.utf8.count > longest }) else { return }
    throw DatasetError(
      .invalid, FileLocation(training[0]),
      "the class '\(printable(String(name.prefix(20))))…' has a name of \(name.utf8.count) bytes, and it may have "
        + "\(longest) at most; is column '\(columns.label)' the one with the classes?")
  }

  /// Lines for people about what a census found.
  private func remarks(_ census: ClassificationCensus, _ files: String) -> [String] {
    var lines: [String] = []
    func remark(_ sightings: Sightings, _ what: String) {
      guard sightings.count > 0 else { return }
      lines.append("\(files): \(counted(sightings.count, "row")) \(what) (\(sightings.places))")
    }
    let skipped = census.skipped.values.reduce(0, +)
    if skipped > 0 {
      lines.append("\(files): \(counted(skipped, "row")) left out for the label")
    }
    remark(census.blank, "without text, left out")
    remark(census.halves, "with one text of the pair missing, packed as one text")
    remark(census.duplicates, "repeating an earlier row, kept")
    remark(census.contradictions, "repeating the text of an earlier row with another label, kept")
    remark(census.shared, "with a text that is in the training files too")
    remark(
      census.quoted,
      "with a field between quotes, which are text in TSV; if they are not meant, name the file .csv"
    )
    if census.labels.count == 1 {
      lines.append("\(files): all rows have the label '\(census.majority.label)'")
    }
    return lines
  }

  /// Lines about labels and classes that an option names and no row has: it may be misspelled.
  private func absences(
    _ training: ClassificationCensus, _ development: ClassificationCensus?, _ names: LabelNames
  ) -> [String] {
    let known = Set(training.allLabels).union(development?.allLabels ?? []).sorted(by: precedes)
    var lines: [String] = []
    for label in Set(skippedLabels).subtracting(known).sorted(by: precedes) {
      let near = nearest(to: label, in: known).map { " (the nearest is '\(printable($0))')" }
      lines.append(
        "--skip-label '\(printable(label))': no row has this label; the labels are "
          + Self.listed(known) + (near ?? ""))
    }
    let option: String
    switch labels {
    case .found: return lines
    case .listed: option = "--labels"
    case .numbered: option = "--label-names"
    }
    let found = Set(training.labels.keys.compactMap { names.number(of: $0) })
    let absent = names.names.indices.filter { !found.contains(Int32($0)) }.map { names.names[$0] }
    if !absent.isEmpty {
      lines.append(
        "\(option): no row of the training files is of \(Self.listed(absent)); their labels are "
          + Self.listed(training.allLabels))
    }
    return lines
  }

  /// Labels for people, the first 20 of many.
  private static func listed(_ labels: [String]) -> String {
    let more = labels.count > 20 ? " and \(labels.count - 20) more" : ""
    return labels.prefix(20).map { "'\(printable($0))'" }.joined(separator: ", ") + more
  }
}

/// What a preparation of texts with classes found.
public struct ClassificationReport: Sendable, Equatable {
  /// The names of the classes in the order of their labels.
  public let classNames: [String]
  /// What is in each set.
  public let sets: [LabelledSetReport]
  /// What people should know of the files, a line each.
  public let remarks: [String]
}

/// What is in one set of texts with classes.
public struct LabelledSetReport: Sendable, Equatable {
  /// Which set it is.
  public let set: PreparedSet
  /// The samples of each class.
  public internal(set) var classCounts: [Int]
  /// The lengths of all texts or pairs, with special tokens and before any was cut.
  public internal(set) var lengths = LengthCounts()
  /// Samples that were cut.
  public internal(set) var truncated = 0
  /// Tokens of text, before any was cut.
  public internal(set) var tokens = 0
  /// Unknown ones among them.
  public internal(set) var unknownTokens = 0

  /// All samples.
  public var samples: Int { classCounts.reduce(0, +) }
  /// The share of the most frequent class.
  public var majorityShare: Double { Double(classCounts.max() ?? 0) / Double(max(samples, 1)) }
  /// The share of samples that were cut.
  public var truncatedShare: Double { Double(truncated) / Double(max(samples, 1)) }
}
