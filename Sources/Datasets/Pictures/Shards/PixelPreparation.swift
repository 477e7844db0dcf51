import Imaging
import Threading

/// Packs pictures into shards of pixels: each is decoded, resized and cropped once, as in evaluation.
///
/// Killed at any time and started again it ends with the same files, as ``PicturePreparation`` does.
public struct PixelPreparation: Sendable {
  /// Bytes of decoded pictures that wait to be written, unless a single one for each thread takes more.
  private static let roomBytes = 1 << 26

  private let images: FittedImages
  private let threads: Int

  /// A preparation of all pictures of `images`.
  ///
  /// - Parameters:
  ///   - images: the pictures, and how they are fitted.
  ///   - threads: how many pictures are decoded at once, at least 1.
  public init(_ images: FittedImages, threads: Int) {
    precondition(threads > 0, "\(threads) threads")
    self.images = images
    self.threads = threads
  }

  /// A picture that was decoded, and what it was then.
  private struct Decoded: Sendable {
    let revision: String
    let pixels: Result<[UInt8], DatasetError>
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
  ) throws(DatasetError) -> ShardWriter {
    let settings = ShardRecord.Settings(
      imageShape: images.imageShape, maximumShardBytes: maximumShardBytes, making: making)
    return try ShardWriter(directory: directory, settings, replacing: replacing) {
      record throws(DatasetError) in
      record.settings == settings ? try usableShards(of: record) : 0
    }
  }

  /// Hands the pixels of all pictures to `writer`, in order, but for those that it has already.
  ///
  /// - Parameters:
  ///   - writer: one that ``makeWriter(directory:maximumShardBytes:replacing:)`` made; the caller finishes it.
  ///   - progress: receives the number of pictures done; may throw to give up.
  /// - Throws: ``DatasetError`` that names the first picture that cannot be decoded; `ThreadError`.
  public func run(into writer: ShardWriter, progress: (Int) throws -> Void) throws {
    var list = PictureList()
    let most = max(threads, min(16 * threads, Self.roomBytes / images.imageShape.count))
    for first in stride(from: writer.sampleCount, to: images.count, by: most) {
      let range = first..<min(first + most, images.count)
      let pictures = try concurrentMap(range, threads: threads) { decode($0) }
      for (sample, picture) in zip(range, pictures) {
        if writer.isFull {
          try writer.finishShard(list: list.digest)
          list = PictureList()
        }
        try writer.append(pixels: picture.pixels.get(), label: images.label(of: sample))
        add(sample, revision: picture.revision, to: &list)
      }
      try progress(range.upperBound)
    }
  }

  /// All that decides the pixels of given pictures, besides their size.
  private var making: String {
    let fit = images.fit
    return "crop \(fit.cropFraction), \(fit.interpolation.rawValue), "
      + "orientation \(fit.appliesOrientation ? "applied" : "ignored"), \(PictureLibraries.versions)"
  }

  /// How many shards of `record`, from the first on, were made from pictures that are still the same.
  private func usableShards(of record: ShardRecord) throws(DatasetError) -> Int {
    let samples = record.settings.samplesPerShard
    for (number, shard) in record.shards.enumerated() {
      let range = number * samples..<(number + 1) * samples
      // Something is left to do behind each full shard.
      guard range.upperBound < images.count else { return number }
      var list = PictureList()
      for sample in range {
        add(sample, revision: try images.source.revision(of: sample), to: &list)
      }
      guard list.digest == shard.list else { return number }
    }
    return record.shards.count
  }

  private func add(_ sample: Int, revision: String, to list: inout PictureList) {
    let source = images.source
    list.add(source.location(of: sample), label: source.label(of: sample), revision: revision)
  }

  private func decode(_ sample: Int) -> Decoded {
    do throws(DatasetError) {
      // First: changes from here on belong to another revision.
      let revision = try images.source.revision(of: sample)
      return Decoded(
        revision: revision, pixels: Result { () throws(DatasetError) in try pixels(of: sample) })
    } catch {
      return Decoded(revision: "", pixels: .failure(error))
    }
  }

  private func pixels(of sample: Int) throws(DatasetError) -> [UInt8] {
    var pixels = [UInt8](repeating: 0, count: images.imageShape.count)
    var span = pixels.mutableSpan
    try images.copyPixels(of: sample, into: &span)
    return pixels
  }
}
