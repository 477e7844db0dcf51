import Synchronization

/// Writes fp32 tensors to a safetensors file piece by piece, in any order.
///
/// The file is a pure function of names, shapes, metadata and values: tensors lie in the byte
/// order of their names, data begin at a multiple of 64. Several threads may write at once.
public final class SafeTensorsWriter: Sendable {
  private struct Progress {
    var coverage: [String: ElementCoverage]
    var record: FileRecord?
    var failure: CheckpointError?
  }

  /// The file's path.
  public let path: String
  private let file: OpenFile
  private let header: SafeTensorsHeader
  private let tensors: [String: SafeTensor]
  private let progress: Mutex<Progress>

  /// Creates the file at `path` in its full length.
  ///
  /// - Parameters:
  ///   - path: where; an existing file is emptied.
  ///   - tensors: names and shapes; the order does not matter.
  ///   - metadata: text to be stored in the header.
  /// - Precondition: names are unique, extents are not negative.
  /// - Throws: ``CheckpointError`` `.missing` or `.inputOutput`, also when too little space is
  ///   left.
  public convenience init(
    path: String, tensors: [(name: String, shape: [Int])], metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    try self.init(path: path, tensors: tensors, metadata: metadata, on: Disk())
  }

  init(
    path: String, tensors: [(name: String, shape: [Int])], metadata: [String: String], on disk: Disk
  ) throws(CheckpointError) {
    header = SafeTensorsHeader(laying: tensors, metadata: metadata)
    file = try OpenFile(creating: path, on: disk)
    self.path = path
    self.tensors = Dictionary(uniqueKeysWithValues: header.tensors.map { ($0.name, $0) })
    progress = Mutex(Progress(coverage: self.tensors.mapValues { _ in ElementCoverage() }))
    try file.requireSpace(header.dataStart + header.dataLength)
    let encoded = header.encoded
    try file.write(encoded.span, at: 0)
  }

  /// Writes consecutive elements of a tensor.
  ///
  /// Blocks until the system has taken them.
  ///
  /// - Parameters:
  ///   - values: (n) the elements.
  ///   - name: the tensor.
  ///   - element: the place of the first one in it, row-major.
  /// - Precondition: the tensor has these elements and none was written before; ``finish()`` has
  ///   not been called.
  /// - Throws: ``CheckpointError`` `.inputOutput`; the file is then lost.
  public func write(
    _ values: Span<Float>, tensor name: String, at element: Int = 0
  ) throws(CheckpointError) {
    guard let tensor = tensors[name] else { preconditionFailure("\(path) has no tensor \(name)") }
    precondition(
      element >= 0 && values.count <= tensor.count - element,
      "elements \(element) to \(element + values.count) of \(tensor.count) of tensor \(name)")
    let size = SafeTensor.ElementType.float32.size
    let start = header.dataStart + tensor.bytes.lowerBound + element * size
    do {
      try file.write(values, at: start)
    } catch {
      progress.withLock { $0.failure = $0.failure ?? error }
      throw error
    }
    progress.withLock { $0.coverage[name]?.add(element..<(element + values.count)) }
  }

  /// Syncs and closes the file, and reads it again for its record.
  ///
  /// - Returns: the length and digest; the same ones when it is called again.
  /// - Throws: ``CheckpointError``: `.invalid` if an element was never written, else
  ///   `.inputOutput`.
  ///   A failure is final: after a system error a second try could succeed without the data.
  public func finish() throws(CheckpointError) -> FileRecord {
    try progress.withLock { progress throws(CheckpointError) in
      if let record = progress.record { return record }
      if let failure = progress.failure { throw failure }
      for tensor in header.tensors {
        guard let gap = progress.coverage[tensor.name]?.firstGap(below: tensor.count) else {
          continue
        }
        throw CheckpointError(
          .invalid, path, "elements \(gap) of tensor \(tensor.name) were never written",
          advice: "this is a defect of the program, please report it")
      }
      do throws(CheckpointError) {
        let record = try close()
        progress.record = record
        return record
      } catch {
        progress.failure = error
        throw error
      }
    }
  }

  private func close() throws(CheckpointError) -> FileRecord {
    try file.sync()
    try file.close()
    let record = try FileRecord(reading: path)
    guard record.bytes == header.dataStart + header.dataLength else {
      throw .damaged(path, at: record.bytes, "the file was changed while it was written")
    }
    return record
  }
}

/// Which elements of a tensor have been written: disjoint ranges in ascending order.
struct ElementCoverage: Sendable {
  private var ranges: [Range<Int>] = []

  /// Adds `range`.
  ///
  /// - Precondition: no element of it was added before: two writers of one element are a bug
  ///   in the plan of a save.
  mutating func add(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].lowerBound < range.lowerBound { low = middle + 1 } else { high = middle }
    }
    let before = low > 0 ? ranges[low - 1] : nil
    let after = low < ranges.count ? ranges[low] : nil
    precondition(
      (before?.upperBound ?? 0) <= range.lowerBound
        && range.upperBound <= (after?.lowerBound ?? .max),
      "elements \(range) are written twice")
    let first = before?.upperBound == range.lowerBound ? low - 1 : low
    let last = after?.lowerBound == range.upperBound ? low + 1 : low
    let start = first < low ? ranges[first].lowerBound : range.lowerBound
    let end = last > low ? ranges[low].upperBound : range.upperBound
    ranges.replaceSubrange(first..<last, with: CollectionOfOne(start..<end))
  }

  /// The first gap in 0..<`count`; nil if all are covered.
  func firstGap(below count: Int) -> Range<Int>? {
    guard let first = ranges.first else { return count > 0 ? 0..<count : nil }
    if first.lowerBound > 0 { return 0..<first.lowerBound }
    let end = ranges.count > 1 ? ranges[1].lowerBound : count
    return first.upperBound < end ? first.upperBound..<end : nil
  }
}
