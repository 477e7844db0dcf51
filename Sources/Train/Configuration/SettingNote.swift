/// A setting that has no effect, or makes no sense beside another, and what to do about it.
///
/// No error: a run with it is well defined, and may be meant.
struct SettingNote: Sendable, Equatable {
  /// What was found, with the key and the numbers.
  let finding: String
  /// What to do.
  let cure: String
}
