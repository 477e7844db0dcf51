/// A setting that has no effect, or makes no sense beside another, and what to do about it.
///
/// No error: a run with it is well defined, and may be meant.
package struct SettingNote: Sendable, Equatable {
  /// What was found, with the key and the numbers.
  package let finding: String
  /// What to do.
  package let cure: String
}
