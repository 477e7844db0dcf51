import Imaging
import Randomness

extension Augmentation {
  /// Which of them an image meets: number v of an epoch's visits is copy v % r of sample v / r.
  struct Visit: Equatable {
    let sample: Int
    /// The epoch, or with copies the epoch times their number plus the copy's: a part of all random keys.
    let time: Int
  }

  /// The image of a visit.
  func visit(_ number: Int, epoch: Int) -> Visit {
    Visit(sample: number / repeats, time: epoch * repeats + number % repeats)
  }

  /// What is done to pictures before they are numbers; nil if moving and mirroring bytes is all.
  func transform(_ shape: ImageShape, _ normalization: Normalization) -> TrainingTransform? {
    let policy = parsedPolicy
    guard randomResizedCrop || policy != nil || colorJitter > 0 else { return nil }
    let crop: TrainingTransform.Crop =
      randomResizedCrop
      ? .resized(
        RandomResizedCrop(
          scale: cropScale[0]...cropScale[1], ratio: cropRatio[0]...cropRatio[1]))
      // Images come in the model's size, and nothing is left to be cut off.
      : .padded(
        EvaluationTransform(
          rows: shape.rows, columns: shape.columns, cropFraction: 1,
          interpolation: interpolation.ofEvaluation),
        padding: cropPadding)
    var transform = TrainingTransform(
      rows: shape.rows, columns: shape.columns, crop: crop, interpolation: interpolation.ofTraining,
      // As Float, in which what a decimal fraction lacks is rounded away: 0.3 gives 76.5.
      fill: normalization.mean.map {
        UInt8(min(max((255 * $0).rounded(.toNearestOrEven), 0), 255))
      })
    transform.horizontalFlip = horizontalFlip
    transform.policy = policy
    transform.colorJitter = colorJitter > 0 ? ColorJitter(strength: colorJitter) : nil
    return transform
  }

  /// What is erased, if anything.
  var randomErasing: RandomErasing? {
    erasing > 0 ? RandomErasing(probability: erasing, fill: erasingMode) : nil
  }

  /// How a micro-batch is mixed, if at all.
  var batchMixing: Mixing? {
    guard mixup > 0 || cutmix > 0 else { return nil }
    return Mixing(
      mixup: mixup, cutmix: cutmix, switchProbability: switchProbability, mode: mixing)
  }

  /// The policy that is named, if any.
  private var parsedPolicy: AugmentationPolicy? {
    if policy == "none" { return nil }
    do throws(PolicyError) {
      return try AugmentationPolicy(policy)
    } catch {
      preconditionFailure(error.description)
    }
  }
}
