import Foundation

/// `value` with `digits` digits after the point.
package func decimals(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}

/// A share of 1 in per cent.
package func percent(_ share: Double) -> String { decimals(100 * share, 2) + " %" }
