public import Datasets

/// Where the samples come from, how pixels are normalised and tokens hidden.
public struct DataSettings: Sendable, Equatable {
  /// Files in one of the known formats.
  public var format = DatasetFormat.idx
  /// Files of the training set.
  public var train = [
    "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz",
    "/usr/share/datasets/fashion-mnist/train-labels-idx1-ubyte.gz",
  ]
  /// Files of the test set.
  public var test = [
    "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz",
    "/usr/share/datasets/fashion-mnist/t10k-labels-idx1-ubyte.gz",
  ]
  /// A file with the classes of pictures that lie in no class folder; empty for none.
  public var labels = ""
  /// Whether pictures are turned and mirrored as EXIF says before all else.
  public var exifOrientation = false
  /// Mean of the pixels in 0...1, one value or one a channel.
  public var mean = [0.286]
  /// Standard deviation of the pixels in 0...1, one value or one a channel.
  public var std = [0.353]
  /// Whether the tokens of a word of text are hidden together or not at all.
  public var wholeWords = false
  /// Whether the digests of shards are checked when they are opened.
  public var verify = true

  /// The files of one of the sets.
  public func files(of split: DatasetSplit) -> [String] {
    split == .train ? train : test
  }
}
