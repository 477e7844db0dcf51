import Imaging
import Threading

/// Packs pictures into shards: each is decoded once to see that it can be, and stored as it is.
///
/// Killed at any time and started again it ends with the same files: full shards are noted when they are on the disk,
/// and kept where pictures and settings are still the same.
public struct PicturePreparation: Sendable {
  private let source: any EncodedImageSource
  private let shortSide: Int?
  private let skipsUnreadable: Bool
  private let threads: Int

  /// A preparation of all pictures of `source`.
  ///
  /// - Parameters:
  ///   - source: the pictures, labels and names.
  ///   - shortSide: pictures whose short side is longer are brought to it, by Pillow's bicubic filter, and
  ///     stored as JPEG of quality 95; nil stores all as they are.
  ///   - skipsUnreadable: whether pictures that cannot be decoded are left out, and not an error.
  ///   - threads: how many pictures are decoded at once, at least 1.
  public init(
    _ source: any EncodedImageSource, shortSide: Int?, skipsUnreadable: Bool, threads: Int
  ) {
    precondition(
      threads > 0 && shortSide ?? 1 > 0, "\(threads) threads, a side of \(shortSide ?? 1)")
    self.source = source
    self.shortSide = shortSide
    self.skipsUnreadable = skipsUnreadable
    self.threads = threads
  }

  /// A picture that was looked at.
  private struct Examined: Sendable {
    let revision: String
    let result: Result<Checked, DatasetError>
  }

  /// A picture that was decoded and found whole.
  private struct Checked: Sendable {
    var bytes: [UInt8]
    let facts: PictureFacts
    var isResized = false
  }

  /// Makes the folder of the set, or takes up what a killed preparation left of it.
  ///
  /// - Parameters:
  ///   - directory: the folder to make; the one above it exists.
  ///   - maximumShardBytes: the length that no shard exceeds, unless one picture does.
  ///   - replacing: whether an older set in `directory` is to go.
  /// - Returns: what ``run(into:progress:)`` fills.
  /// - Throws: ``DatasetError`` as ``ShardWriter``.
  public func makeWriter(
    directory: String, maximumShardBytes: Int, replacing: Bool
  ) throws(DatasetError) -> PictureShardWriter {
    let settings = PictureRecord.Settings(
      classNames: source.classNames, maximumShardBytes: maximumShardBytes, shortSide: shortSide,
      libraries: shortSide == nil ? nil : PictureLibraries.versions)
    return try PictureShardWriter(directory: directory, settings, replacing: replacing) {
      record throws(DatasetError) in
      record.settings == settings ? try usableShards(of: record) : 0
    }
  }

  /// Hands all pictures to `writer`, in order, but for those that it has already.
  ///
  /// - Parameters:
  ///   - writer: one that ``makeWriter(directory:maximumShardBytes:replacing:)`` made; the caller finishes it.
  ///   - progress: receives the number of pictures done; may throw to give up.
  /// - Returns: what was met.
  /// - Throws: ``DatasetError`` that names the first picture that cannot be read, or the class that would
  ///   be left without one; `ThreadError`.
  public func run(
    into writer: PictureShardWriter, progress: (Int) throws -> Void
  ) throws -> PictureCensus {
    let done = writer.record.shards.last
    var census = done?.census ?? PictureCensus()
    var list = PictureList()
    let most = 16 * threads
    for first in stride(from: done?.nextSample ?? 0, to: source.count, by: most) {
      let range = first..<min(first + most, source.count)
      let pictures = try concurrentMap(range, threads: threads) { examine($0) }
      for (sample, examined) in zip(range, pictures) {
        let (location, label) = (source.location(of: sample), source.label(of: sample))
        switch examined.result {
        case .success(let picture):
          if writer.isFull(for: picture.bytes.count) {
            try writer.finishShard(nextSample: sample, list: list.digest, census: census)
            list = PictureList()
          }
          try writer.append(bytes: picture.bytes, label: label)
          census.add(
            picture.facts, name: location.offset == nil ? location.file : nil,
            isResized: picture.isResized)
        case .failure(let error) where skipsUnreadable && error.code == .invalid:
          census.skip(error)
        case .failure(let error): throw error
        }
        list.add(location, label: label, revision: examined.revision)
      }
      try progress(range.upperBound)
    }
    try requireClasses(writer.labels)
    return census
  }

  /// How many shards of `record`, from the first on, were made from pictures that are still the same.
  private func usableShards(of record: PictureRecord) throws(DatasetError) -> Int {
    var first = 0
    for (number, shard) in record.shards.enumerated() {
      guard first < shard.nextSample, shard.nextSample <= source.count,
        skipsUnreadable || shard.census.skipped.isEmpty
      else { return number }
      var list = PictureList()
      for sample in first..<shard.nextSample {
        list.add(
          source.location(of: sample), label: source.label(of: sample),
          revision: try source.revision(of: sample))
      }
      guard list.digest == shard.list else { return number }
      first = shard.nextSample
    }
    return record.shards.count
  }

  private func examine(_ sample: Int) -> Examined {
    do throws(DatasetError) {
      // First: changes from here on belong to another revision.
      let revision = try source.revision(of: sample)
      return Examined(
        revision: revision, result: Result { () throws(DatasetError) in try check(sample) })
    } catch {
      return Examined(revision: "", result: .failure(error))
    }
  }

  private func check(_ sample: Int) throws(DatasetError) -> Checked {
    let location = source.location(of: sample)
    let bytes = try source.bytes(of: sample)
    let facts = try ImageDecoder.examine(bytes, at: location)
    let picture = try ImageDecoder(channels: facts.colours == .grey ? 1 : 3)
      .decode(bytes, at: location)
    var checked = Checked(bytes: bytes, facts: facts)
    if let shortSide, let smaller = picture.reduced(toShortSide: shortSide) {
      checked.bytes = try JPEGEncoder.encode(
        smaller, orientation: facts.orientation, at: location)
      checked.isResized = true
    }
    return checked
  }

  private func requireClasses(_ labels: Set<Int32>) throws(DatasetError) {
    guard let names = source.classNames,
      let empty = names.indices.first(where: { !labels.contains(Int32($0)) })
    else { return }
    throw DatasetError(
      .invalid, source.location(of: 0),
      "no picture of class '\(names[empty])' can be read; repair one, or remove the class")
  }
}

extension RasterImage {
  /// The picture with a short side of `side` pixels, the long one in proportion; nil if it is no longer.
  fileprivate func reduced(toShortSide side: Int) -> RasterImage? {
    let (short, long) = (min(rows, columns), max(rows, columns))
    guard short > side else { return nil }
    let other = side * long / short
    return resampled(
      rows: rows <= columns ? side : other, columns: rows <= columns ? other : side,
      interpolation: .bicubic)
  }
}
