import Supervision

/// One of the doctor's questions, answered from the facts of the ranks.
///
/// A check is a pure function of the ``Examination``, so that each trap can be tried
/// without the cluster that has it.
protocol DoctorCheck: Sendable {
  /// The name that people and programs see.
  static var name: String { get }

  /// Whether a run reports its warnings at the start too, and not only failures.
  static var tellsWarningsAtStart: Bool { get }

  /// The findings: at least one if the question makes sense here, otherwise none.
  func findings(_ examination: Examination) -> [Finding]
}

extension DoctorCheck {
  static var tellsWarningsAtStart: Bool { false }

  /// A finding that needs no action.
  func ok(_ place: String, _ finding: String) -> Finding {
    Finding(.ok, Self.name, place, finding, cure: nil)
  }

  /// A finding that may be intended.
  func warn(_ place: String, _ finding: String, cure: String) -> Finding {
    Finding(.warn, Self.name, place, finding, cure: cure)
  }

  /// A trap.
  func fail(_ place: String, _ finding: String, cure: String) -> Finding {
    Finding(.fail, Self.name, place, finding, cure: cure)
  }
}

/// The result of one check of the doctor, and what to do about it.
public struct Finding: Sendable, Equatable, Codable {
  /// The severity.
  public enum Verdict: String, Sendable, Codable {
    /// As it should be.
    case ok
    /// It may be intended, but costs time or safety.
    case warn
    /// A run would fail, hang, or be far slower than this machine.
    case fail
  }

  /// The severity.
  public let verdict: Verdict
  /// The name of the check.
  public let check: String
  /// The ranks or hosts that it is about: `all ranks`, `rank 3 on node2`.
  public let place: String
  /// What was found, with the numbers.
  public let finding: String
  /// The one line that cures it; nil if nothing has to be done.
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

/// An amount for people in kilobytes, megabytes (10⁶ bytes) or gigabytes: `4.2 MB`, `69.1 GB`.
struct Megabytes: CustomStringConvertible {
  private let bytes: Int

  init(_ bytes: Int) { self.bytes = bytes }

  var description: String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB")]
    let (unit, name) = units.first { bytes >= $0.0 } ?? (1_000, "kB")
    let tenths = bytes / (unit / 10)
    return "\(tenths / 10).\(tenths % 10) \(name)"
  }
}
