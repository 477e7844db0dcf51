import Glibc

extension ReferenceKernels {
  /// The smoothed cross-entropy of one row of logits.
  public static func crossEntropy(_ logits: [Double], label: Int, smoothing: Double) -> Double {
    let total = logits.map { exp($0) }.reduce(0, +)
    let targets = targets(logits.count, label: label, smoothing: smoothing)
    return -zip(targets, logits).map { $0 * log(exp($1) / total) }.reduce(0, +)
  }

  /// The gradient of ``crossEntropy(_:label:smoothing:)``.
  public static func crossEntropyGradient(
    _ logits: [Double], label: Int, smoothing: Double
  ) -> [Double] {
    let total = logits.map { exp($0) }.reduce(0, +)
    let targets = targets(logits.count, label: label, smoothing: smoothing)
    return zip(targets, logits).map { exp($1) / total - $0 }
  }

  private static func targets(_ count: Int, label: Int, smoothing: Double) -> [Double] {
    (0..<count).map { smoothing / Double(count) + ($0 == label ? 1 - smoothing : 0) }
  }
}
