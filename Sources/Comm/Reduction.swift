import CMPI

/// How elements of several ranks combine.
public enum Reduction: Sendable {
  /// The sum.
  case sum
  /// The largest.
  case max
  /// The smallest.
  case min

  var raw: MPI_Op {
    switch self {
    case .sum: unsafe cmpi_sum()
    case .max: unsafe cmpi_max()
    case .min: unsafe cmpi_min()
    }
  }
}
