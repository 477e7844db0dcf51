/// A fault that was to be thrown: an error of one rank, of which the others know nothing.
package struct InjectedError: Error, CustomStringConvertible {
  /// Where it was thrown.
  package let description: String

  /// All of its parts.
  package init(description: String) {
    self.description = description
  }
}
