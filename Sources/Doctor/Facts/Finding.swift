import Supervision

/// What one check of the doctor has found, and what to do about it.
public struct Finding: Sendable, Equatable, Codable {
  /// How grave it is.
  public enum Verdict: String, Sendable, Codable {
    /// As it should be.
    case ok
    /// It may be meant, but costs time or safety.
    case warn
    /// A run would fail, hang, or be far slower than this machine.
    case fail
  }

  /// How grave it is.
  public let verdict: Verdict
  /// The name of the check.
  public let check: String
  /// The ranks or hosts that it is about: `all ranks`, `rank 3 on node2`.
  public let place: String
  /// What was found, with the numbers.
  public let finding: String
  /// The one line that cures it; nil where nothing has to be done.
  public let cure: String?

  /// A finding; `cure` is for all but ``Verdict/ok``.
  package init(
    _ verdict: Verdict, _ check: String, _ place: String, _ finding: String, cure: String?
  ) {
    self.verdict = verdict
    self.check = check
    self.place = place
    self.finding = finding
    self.cure = cure
  }

  /// What was found and the cure, as one line without verdict and name.
  public var text: String {
    "\(finding) (\(place))" + (cure.map { " -> \($0)" } ?? "")
  }
}
