import Kernels

/// Rows and columns of the tokens that an image becomes.
package struct TokenGrid: Sendable, Equatable, CustomStringConvertible {
  package let rows: Int
  package let columns: Int

  /// A grid; both sizes are positive.
  package init(rows: Int, columns: Int) {
    precondition(rows > 0 && columns > 0, "a grid of \(rows) × \(columns) tokens")
    self.rows = rows
    self.columns = columns
  }

  /// The number of tokens, N; they are numbered row by row.
  package var count: Int { rows * columns }

  package var description: String { "\(rows) × \(columns)" }
}

extension ModelConfiguration {
  /// The grid of the tokens of a valid configuration; nil for text.
  package var tokenGrid: TokenGrid? {
    guard input == .images else { return nil }
    return TokenGrid(rows: patchGrid.rows, columns: patchGrid.columns)
  }
}
