/// What cannot be scored or written, and what to do about it, in one line.
package struct ScoringError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The line.
  package let description: String

  /// An error that says `description`.
  package init(_ description: String) {
    self.description = description
  }
}
