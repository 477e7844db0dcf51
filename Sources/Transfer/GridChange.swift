import Model

/// From which grid of tokens to which the weights of a model of images go over.
struct GridChange {
  /// The grid of the given weights, where their configuration is known.
  let source: TokenGrid?
  /// The grid of the model.
  let target: TokenGrid

  /// The grid of given weights of `count` tokens; nil if it is unknown.
  ///
  /// A file of tensors does not. Then it is the model's own, a square, or one with the model's proportions.
  func source(of count: Int) -> TokenGrid? {
    if let source { return source.count == count ? source : nil }
    guard (1..<Self.maximumCount).contains(count) else { return nil }
    if count == target.count { return target }
    if let side = Self.root(of: count) { return TokenGrid(rows: side, columns: side) }
    let (rows, isOdd) = (count * target.rows).quotientAndRemainder(dividingBy: target.columns)
    guard isOdd == 0, let rows = Self.root(of: rows), count % rows == 0 else { return nil }
    return TokenGrid(rows: rows, columns: count / rows)
  }

  /// More tokens than any model has.
  private static let maximumCount = 1 << 31

  /// The root of a square; nil of other numbers, and of 0.
  private static func root(of number: Int) -> Int? {
    let root = Int(Double(number).squareRoot().rounded())
    return root > 0 && root * root == number ? root : nil
  }
}
