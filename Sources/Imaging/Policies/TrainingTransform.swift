import Randomness

/// How pictures of any size become the model's input in training: a random part, mirrored, and changed.
///
/// The order is timm's: crop and resize, flip, then the operations of a policy or the jitter of colours.
public struct TrainingTransform: Sendable, Equatable {
  /// Which part of a picture is shown.
  public enum Crop: Sendable, Equatable {
    /// A part of random size and shape.
    case resized(RandomResizedCrop)
    /// The picture by this transform, then moved within a black frame of this many pixels.
    case padded(EvaluationTransform, padding: Int)
  }

  /// The height of the model's input.
  public var rows: Int

  /// The width of the model's input.
  public var columns: Int

  /// Which part of a picture is shown.
  public var crop: Crop

  /// How pixels are interpolated; nil draws bilinear or bicubic each time, as timm does by default.
  public var interpolation: Interpolation?

  /// Whether pictures are mirrored left to right, with probability one half.
  public var horizontalFlip = false

  /// A policy of operations.
  public var policy: AugmentationPolicy?

  /// A jitter of colours, left out where there is a policy.
  public var colorJitter: ColorJitter?

  /// The colour of what operations bring in from outside, one byte a channel.
  public var fill: [UInt8]

  /// A transform to `rows` × `columns` pixels without anything else at random.
  public init(
    rows: Int, columns: Int, crop: Crop, interpolation: Interpolation?, fill: [UInt8]
  ) {
    precondition(rows > 0 && columns > 0, "a result of \(rows)×\(columns) pixels")
    self.rows = rows
    self.columns = columns
    self.crop = crop
    self.interpolation = interpolation
    self.fill = fill
  }

  /// What happens to one picture.
  public struct Plan: Sendable, Equatable {
    /// The part that is shown: of the picture, or of the frame around it.
    public var crop: PixelRectangle

    /// How the part is resampled.
    public var interpolation: Interpolation

    /// Whether it is mirrored.
    public var isFlipped: Bool

    /// What is done then, the first one first.
    public var operations: [ImageOperation]
  }

  /// What happens to a picture of `rows` × `columns` pixels.
  ///
  /// - Parameters:
  ///   - imageRows: the height of the picture.
  ///   - imageColumns: the width of the picture.
  ///   - seed: the run's seed.
  ///   - time: the epoch, or with copies of samples the epoch times their number plus the copy's.
  ///   - sample: the number of the sample.
  /// - Returns: the plan, which is a function of the arguments.
  public func plan(
    rows imageRows: Int, columns imageColumns: Int, seed: UInt64, time: Int, sample: Int
  )
    -> Plan
  {
    func key(_ purpose: RandomPurpose) -> RandomKey {
      RandomKey(seed: seed, purpose: purpose, time: time, sample: sample)
    }
    let placement = key(.augmentation)
    let part =
      switch crop {
      case .resized(let crop):
        crop.rectangle(rows: imageRows, columns: imageColumns, key: key(.resizedCrop))
      case .padded(_, let padding):
        PixelRectangle(
          top: padding == 0 ? 0 : placement.integer(0, below: 2 * padding + 1),
          left: padding == 0 ? 0 : placement.integer(1, below: 2 * padding + 1), rows: rows,
          columns: columns)
      }
    let drawn: Interpolation =
      key(.resizedCrop).integer(40, below: 2) == 1 ? .bicubic : .bilinear
    return Plan(
      crop: part, interpolation: interpolation ?? drawn,
      isFlipped: horizontalFlip && placement.integer(2, below: 2) == 1,
      operations: policy?.plan(key: key(.policy), interpolation: interpolation)
        ?? colorJitter?.plan(key: key(.policy)) ?? [])
  }

  /// The model's input.
  public func apply(_ plan: Plan, to image: RasterImage) -> RasterImage {
    var result: RasterImage
    switch crop {
    case .resized:
      result = image.resampled(
        rows: rows, columns: columns, interpolation: plan.interpolation, crop: plan.crop)
    case .padded(let transform, let padding):
      result = transform(image)
      if padding > 0 {
        result = result.padded(top: padding, left: padding, bottom: padding, right: padding)
          .cropped(to: plan.crop)
      }
    }
    if plan.isFlipped { result = result.flipped }
    return result.applying(plan.operations, fill: fill)
  }
}
