/// The norm of the difference by the norm of `expected`, or the norm itself where `expected` is zero up
/// to the rounding of doubles, as gradients are that cancel; infinite where their counts differ.
public func relativeError(_ values: [Double], _ expected: [Double]) -> Double {
  if values.count != expected.count { return .infinity }
  let difference = zip(values, expected).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
  let size = expected.map { $0 * $0 }.reduce(0, +)
  return (size < 1e-20 ? difference : difference / size).squareRoot()
}

/// The norm-wise relative error of single-precision values.
public func relativeError(_ values: [Float], _ expected: [Double]) -> Double {
  relativeError(values.map(Double.init), expected)
}
