import Imaging
import Synchronization
import Threading

/// Packs pictures into shards: each is decoded once to see that it can be, and stored as it is.
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

  /// A picture that was decoded and found whole.
  private struct Checked: Sendable {
    var bytes: [UInt8]
    let facts: PictureFacts
    var isResized = false
  }

  /// Hands all pictures to `writer`, in order.
  ///
  /// - Parameters:
  ///   - writer: has taken none yet; the caller finishes it.
  ///   - progress: receives the number of pictures done; may throw to give up.
  /// - Returns: what was met.
  /// - Throws: ``DatasetError`` that names the first picture that cannot be read, or the class that would
  ///   be left without one; `ThreadError`.
  public func run(
    into writer: PictureShardWriter, progress: (Int) throws -> Void
  ) throws -> PictureCensus {
    var census = PictureCensus()
    var counts = [Int32: Int]()
    let most = 16 * threads
    for first in stride(from: 0, to: source.count, by: most) {
      let range = first..<min(first + most, source.count)
      for (sample, result) in zip(range, try check(range)) {
        let label = source.label(of: sample)
        switch result {
        case .success(let picture):
          try writer.append(bytes: picture.bytes, label: label)
          let location = source.location(of: sample)
          census.add(
            picture.facts, name: location.offset == nil ? location.file : nil,
            isResized: picture.isResized)
          counts[label, default: 0] += 1
        case .failure(let error) where skipsUnreadable && error.code == .invalid:
          census.skip(error)
        case .failure(let error): throw error
        }
      }
      try progress(range.upperBound)
    }
    try requireClasses(counts)
    return census
  }

  /// Decodes the pictures of `range`, some at once.
  private func check(_ range: Range<Int>) throws -> [Result<Checked, DatasetError>] {
    let results = Mutex<[Int: Result<Checked, DatasetError>]>([:])
    let stride = min(threads, range.count)
    try concurrently(stride) { thread in
      for sample in Swift.stride(from: range.lowerBound + thread, to: range.upperBound, by: stride)
      {
        let result = Result { () throws(DatasetError) in try check(sample) }
        results.withLock { $0[sample] = result }
      }
    }
    return results.withLock { found in range.compactMap { found[$0] } }
  }

  private func check(_ sample: Int) throws(DatasetError) -> Checked {
    let location = source.location(of: sample)
    let bytes = try source.bytes(of: sample)
    let facts = try ImageDecoder.examine(bytes, at: location)
    let picture = try ImageDecoder(channels: facts.colours == .grey ? 1 : 3)
      .decode(bytes, at: location)
    var checked = Checked(bytes: bytes, facts: facts)
    if let shortSide, let smaller = picture.reduced(toShortSide: shortSide) {
      checked.bytes = try JPEGEncoder.encode(smaller, at: location)
      checked.isResized = true
    }
    return checked
  }

  private func requireClasses(_ counts: [Int32: Int]) throws(DatasetError) {
    guard let names = source.classNames,
      let empty = names.indices.first(where: { counts[Int32($0)] == nil })
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
