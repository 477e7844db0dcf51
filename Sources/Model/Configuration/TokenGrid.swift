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
