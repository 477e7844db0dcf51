/// A fault that was to be thrown: an error of one rank, of which the others know nothing.
struct RehearsedError: Error, CustomStringConvertible {
  /// Where it was thrown.
  let description: String
}
