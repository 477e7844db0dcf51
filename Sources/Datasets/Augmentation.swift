public import Imaging
import Randomness

/// What becomes of images on their way into a batch, the same for a sample in an epoch on any rank or thread.
public struct Augmentation: Sendable, Equatable {
  /// Dark pixels added on each side before an image of the old size is cut out at random.
  public var cropPadding: Int

  /// Whether images are mirrored left to right at random, with probability one half.
  public var horizontalFlip: Bool

  /// The share of a resized picture's short side that evaluation keeps; 0: as is usual for the size.
  public var cropFraction = 0.0

  /// How pictures of another size than the model's are resized.
  public var interpolation = InterpolationChoice.bicubic

  /// Whether a part of random size and shape becomes the image, and not all of the picture.
  public var randomResizedCrop = false

  /// The least and the largest share of a picture's area that such a part has.
  public var cropScale = [0.08, 1.0]

  /// The least and the largest ratio of width to height that such a part has.
  public var cropRatio = [0.75, 4.0 / 3.0]

  /// How far brightness, contrast and saturation change; 0: not at all.
  public var colorJitter = 0.0

  /// The name of an `AugmentationPolicy`, or `none`.
  public var policy = "none"

  /// How often a rectangle of an image is erased.
  public var erasing = 0.0

  /// What replaces it.
  public var erasingMode = RandomErasing.Fill.const

  /// The parameter α of Mixup; 0: none.
  public var mixup = 0.0

  /// The parameter α of CutMix; 0: none.
  public var cutmix = 0.0

  /// How often CutMix is done where both are on.
  public var switchProbability = 0.5

  /// Which images of a micro-batch are mixed alike.
  public var mixing = Mixing.Mode.batch

  /// How often an image is seen where it is seen, each time changed otherwise; an epoch stays as long as it is.
  public var repeats = 1

  /// The given changes; none by default.
  public init(cropPadding: Int = 0, horizontalFlip: Bool = false) {
    self.cropPadding = cropPadding
    self.horizontalFlip = horizontalFlip
  }

  /// What happens to one image: it is mirrored, then moved.
  struct Placement: Equatable {
    /// Pixels by which the image moves up, from −`cropPadding` to `cropPadding`.
    var rows = 0

    /// Pixels by which the image moves left.
    var columns = 0

    /// Whether the image is mirrored left to right.
    var isFlipped = false
  }

  /// What happens to `sample` in `epoch`.
  func placement(seed: UInt64, epoch: Int, sample: Int) -> Placement {
    precondition(cropPadding >= 0, "a crop padding of \(cropPadding)")
    let key = RandomKey(seed: seed, purpose: .augmentation, time: epoch, sample: sample)
    var placement = Placement()
    if cropPadding > 0 {
      placement.rows = key.integer(0, below: 2 * cropPadding + 1) - cropPadding
      placement.columns = key.integer(1, below: 2 * cropPadding + 1) - cropPadding
    }
    if horizontalFlip {
      placement.isFlipped = key.integer(2, below: 2) == 1
    }
    return placement
  }
}
