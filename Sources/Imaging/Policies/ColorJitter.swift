public import Randomness

/// Brightness, contrast and saturation changed by random factors, in a random order.
///
/// - Note: Source: torchvision's `ColorJitter` without hue. timm leaves it out where a policy is on.
public struct ColorJitter: Sendable, Equatable {
  /// How far the factors reach from 1 to both sides, but not below 0; 0.4 for ImageNet.
  public var strength: Double

  /// A jitter of the strength ≥ 0.
  public init(strength: Double) {
    precondition(strength >= 0, "a colour jitter of \(strength)")
    self.strength = strength
  }

  /// The operations that `key` draws: all three, in their order.
  public func plan(key: RandomKey) -> [ImageOperation] {
    let (low, high) = (max(0, 1 - strength), 1 + strength)
    func factor(_ index: Int) -> Double { low + (high - low) * Double(key.uniform(index)) }
    var rest: [ImageOperation] = [
      .brightness(factor(0)), .contrast(factor(1)), .color(factor(2)),
    ]
    return (3...5).map { index in rest.remove(at: key.integer(index, below: rest.count)) }
  }
}
